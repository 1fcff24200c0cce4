import { memberOf, type Shape } from "./shape.ts";
import { RECALLED } from "./input.ts";
import type { Expression } from "./template-node.ts";

/** What a template can see at one place, before any value is known. */
export interface Scope {
  /** Undefined: nothing is known about the context. */
  readonly shape: Shape | undefined;
  /** True while the context is the prompt's own input. */
  readonly isRoot: boolean;
  /** Values that a partial was given as `key=value`; they stand before the context. */
  readonly given: ReadonlyMap<string, Shape | undefined>;
  readonly locals: ReadonlyMap<string, Shape | undefined>;
  readonly inLoop: boolean;
  readonly parent: Scope | undefined;
  readonly root: Shape;
}

export type PathExpression = Extract<Expression, { kind: "path" }>;

/** What a path stands for. */
export type Target =
  | {
      readonly kind: "value";
      readonly shape: Shape | undefined;
      readonly optional: boolean;
      readonly variable: string | undefined;
    }
  /** The whole input. */
  | { readonly kind: "input" }
  | { readonly kind: "recalled" }
  /** A variable, or a member of one, that is not declared. */
  | { readonly kind: "undeclared"; readonly name: string; readonly ofRoot: boolean }
  | { readonly kind: "outside" };

/** Finds what a path stands for in a scope, by the declared schemas alone. */
export function targetOf(path: PathExpression, scope: Scope): Target {
  if (path.start.from === "local")
    return walk(path.parts, { shape: scope.locals.get(path.start.name), variable: undefined });
  const from = path.start.from === "root" ? rootOf(scope) : ancestor(scope, path.start.depth);
  if (from === undefined) return { kind: "outside" };
  const [first, ...rest] = path.parts;
  if (first !== undefined && from.given.has(first))
    return walk(rest, { shape: from.given.get(first), variable: undefined });
  if (!from.isRoot) return walk(path.parts, { shape: from.shape, variable: undefined });
  if (first === undefined) return { kind: "input" };
  if (first === RECALLED)
    return rest.length === 0 ? { kind: "recalled" } : { kind: "undeclared", name: path.text, ofRoot: false };
  const member = memberOf(scope.root, first);
  if (member === "absent") return { kind: "undeclared", name: first, ofRoot: true };
  // An optional variable with a default is still optional to the reader: null may be passed.
  return walk(rest, { shape: member.shape, variable: first, optional: member.optional });
}

/** The scope inside `{{#each}}` or `{{#with}}`. */
export function inner(
  scope: Scope,
  inside: Pick<Scope, "shape" | "inLoop"> & {
    readonly isRoot: boolean;
    readonly locals: ReadonlyMap<string, Shape | undefined>;
  },
): Scope {
  return { ...scope, ...inside, given: new Map(), locals: new Map([...scope.locals, ...inside.locals]), parent: scope };
}

function rootOf(scope: Scope): Scope {
  return { ...scope, shape: scope.root, isRoot: true, given: new Map(), locals: new Map(), parent: undefined };
}

function ancestor(scope: Scope, depth: number): Scope | undefined {
  let current: Scope | undefined = scope;
  for (let up = 0; up < depth; up += 1) current = current?.parent;
  return current;
}

function walk(
  parts: readonly string[],
  start: { shape: Shape | undefined; variable: string | undefined; optional?: boolean },
): Target {
  let { shape, optional = false } = start;
  for (const part of parts) {
    const member = memberOf(shape, part);
    if (member === "absent") return { kind: "undeclared", name: part, ofRoot: false };
    shape = member.shape;
    optional ||= member.optional;
  }
  return { kind: "value", shape, optional, variable: start.variable };
}
