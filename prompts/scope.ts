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
      /** Which steps of the path may lead to nothing, because a schema declares them optional. */
      readonly optional: readonly number[];
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
  const { start, parts } = path;
  if (start.from === "local") return walk(parts, { shape: scope.locals.get(start.name), from: 0 });
  const from = start.from === "root" ? rootOf(scope) : ancestor(scope, start.depth);
  if (from === undefined) return { kind: "outside" };
  const [first] = parts;
  if (first !== undefined && from.given.has(first)) return walk(parts, { shape: from.given.get(first), from: 1 });
  if (!from.isRoot) return walk(parts, { shape: from.shape, from: 0 });
  if (first === undefined) return { kind: "input" };
  if (first === RECALLED && parts.length === 1) return { kind: "recalled" };
  if (first === RECALLED || memberOf(scope.root, first) === "absent")
    return { kind: "undeclared", name: first, ofRoot: first !== RECALLED };
  return walk(parts, { shape: scope.root, from: 0, variable: first });
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

function walk(parts: readonly string[], start: { shape: Shape | undefined; from: number; variable?: string }): Target {
  let { shape } = start;
  const optional: number[] = [];
  for (const [step, part] of parts.entries()) {
    if (step < start.from) continue;
    const member = memberOf(shape, part);
    if (member === "absent") return { kind: "undeclared", name: part, ofRoot: false };
    shape = member.shape;
    if (member.optional) optional.push(step);
  }
  return { kind: "value", shape, optional, variable: start.variable };
}
