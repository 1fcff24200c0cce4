import type { PromptInput } from "./input.ts";
import type { PromptError } from "./prompt-error.ts";
import { inner, type Scope, type Target } from "./scope.ts";
import { itemOf, type Shape } from "./shape.ts";
import type { Condition, LinkedTemplate, OptionalSteps, Role, TemplateNode } from "./template-node.ts";
import { VariableUses } from "./variable-use.ts";

export interface CheckedTemplate {
  readonly prompt: string;
  /** How errors name the prompt's main file. */
  readonly file: string;
  readonly template: LinkedTemplate;
}

export interface TemplateCheck {
  readonly problems: readonly PromptError[];
  /** Which steps of which paths may lead to nothing, because a schema declares them optional: the path prints nothing then. */
  readonly optional: OptionalSteps;
  /** Whether the template says where recalled text goes. */
  readonly placesRecalled: boolean;
}

/**
 * Checks a template against its declared input before any value is known: undeclared and unused variables, lists printed as text, and recalled
 * text in a system message.
 */
export function checkTemplate(checked: CheckedTemplate, input: PromptInput): TemplateCheck {
  const { prompt, file, template } = checked;
  const uses = new VariableUses(prompt, input);
  const walk: Walk = { uses, visits: 0 };
  const scope: Scope = {
    shape: input.shape,
    isRoot: true,
    given: new Map(),
    locals: new Map(),
    inLoop: false,
    parent: undefined,
    root: input.shape,
  };
  visitAll(template.nodes, { template, scope, roles: new Set(["user"]) }, walk);
  if (walk.visits > MOST_TAGS) {
    uses.reportTemplate({ path: file, line: 1 }, [
      `is made of more than ${MOST_TAGS} tags with its partials`,
      "Include fewer partials.",
    ]);
  } else uses.reportUnused();
  return { problems: uses.problems, optional: uses.optional, placesRecalled: uses.placesRecalled };
}

// Partials that include partials multiply; a prompt of this many tags is a mistake or an attack.
const MOST_TAGS = 20_000;
const INDEX_SCHEMA = { type: ["integer", "string"] };

interface Walk {
  readonly uses: VariableUses;
  visits: number;
}

/** Where the walk stands: what is in reach, and which roles the current message can have. */
interface Position {
  readonly template: LinkedTemplate;
  readonly scope: Scope;
  readonly roles: ReadonlySet<Role>;
}

/** Visits the nodes in order and returns the roles that the message after them can have. */
function visitAll(nodes: readonly TemplateNode[], position: Position, walk: Walk): ReadonlySet<Role> {
  let { roles } = position;
  for (const node of nodes) {
    walk.visits += 1;
    if (walk.visits > MOST_TAGS) return roles;
    roles = visit(node, { ...position, roles }, walk);
  }
  return roles;
}

function visit(node: TemplateNode, position: Position, walk: Walk): ReadonlySet<Role> {
  switch (node.kind) {
    case "text":
      return position.roles;
    case "role":
      return new Set([node.role]);
    case "print":
    case "json":
      walk.uses.note(node.value, node.kind, position);
      return position.roles;
    case "choice":
      noteCondition(node.condition, position, walk);
      return union(visitAll(node.body, position, walk), visitAll(node.otherwise, position, walk));
    case "each":
      return visitLoop(node, position, walk);
    case "with":
      return visitWith(node, position, walk);
    case "partial":
      return visitPartial(node, position, walk);
  }
}

type Block = Extract<TemplateNode, { kind: "each" | "with" }>;

function visitLoop(node: Block, position: Position, walk: Walk): ReadonlySet<Role> {
  const item = itemOf(shapeOf(walk.uses.note(node.value, "each", position)));
  const key = { schema: INDEX_SCHEMA, root: INDEX_SCHEMA };
  const locals = new Map(node.names.map((name, index) => [name, index === 0 ? item : key]));
  const scope = inner(position.scope, { shape: item, isRoot: false, inLoop: true, locals });
  const once = union(position.roles, visitAll(node.body, { ...position, scope }, walk));
  // The second round of a loop starts with the role that the first one ended with.
  const again =
    once === position.roles ? once : union(once, visitAll(node.body, { ...position, scope, roles: once }, walk));
  return union(again, visitAll(node.otherwise, position, walk));
}

function visitWith(node: Block, position: Position, walk: Walk): ReadonlySet<Role> {
  const target = walk.uses.note(node.value, "with", position);
  const shape = shapeOf(target);
  const locals = new Map(node.names.map((name) => [name, shape]));
  const scope = inner(position.scope, {
    shape,
    isRoot: target?.kind === "input",
    inLoop: position.scope.inLoop,
    locals,
  });
  return union(visitAll(node.body, { ...position, scope }, walk), visitAll(node.otherwise, position, walk));
}

function visitPartial(
  node: Extract<TemplateNode, { kind: "partial" }>,
  position: Position,
  walk: Walk,
): ReadonlySet<Role> {
  const { scope } = position;
  const given = [...node.arguments].map(
    ([name, value]) => [name, shapeOf(walk.uses.note(value, "pass", position))] as const,
  );
  const target = node.context === undefined ? undefined : walk.uses.note(node.context, "pass", position);
  const template = position.template.partials.get(node.name);
  // Linking has already refused a partial that does not exist.
  if (template === undefined) return position.roles;
  const none: Scope["given"] = new Map();
  const own =
    node.context === undefined ? scope : { shape: shapeOf(target), isRoot: target?.kind === "input", given: none };
  const inside: Scope = {
    ...scope,
    ...own,
    given: new Map([...own.given, ...given]),
    locals: new Map(),
    parent: undefined,
  };
  return visitAll(template.nodes, { template, scope: inside, roles: position.roles }, walk);
}

function noteCondition(condition: Condition, position: Position, walk: Walk): void {
  if (condition.test === "truthy") {
    walk.uses.note(condition.value, "test", position);
    return;
  }
  walk.uses.note(condition.left, "compare", position);
  walk.uses.note(condition.right, "compare", position);
}

function shapeOf(target: Target | undefined): Shape | undefined {
  return target?.kind === "value" ? target.shape : undefined;
}

function union(left: ReadonlySet<Role>, right: ReadonlySet<Role>): ReadonlySet<Role> {
  return [...right].every((role) => left.has(role)) ? left : new Set([...left, ...right]);
}
