import type { Place } from "./prompt-error.ts";
import type { LinkedTemplate, Role, TemplateNode } from "./template-node.ts";

/** What the order of a template's roles makes doubtful. */
export interface RoleFindings {
  /** The `{{role "system"}}` tags that can follow another message. */
  readonly lateSystems: readonly Place[];
  readonly hasUserMessage: boolean;
  /** Whether the last message can be the model's. */
  readonly endsWithModel: boolean;
}

/** Follows every way through a template, partials included, and notes which message can follow which. */
export function findRoles(template: LinkedTemplate): RoleFindings {
  const walk: Walk = { late: new Map(), reached: new Set(), done: new Map() };
  const last = walkAll(template.nodes, { template, walk }, new Set<State>(["nothing"]));
  return {
    lateSystems: [...walk.late.values()],
    hasUserMessage: walk.reached.has("user"),
    endsWithModel: last.has("assistant"),
  };
}

/** The role of the message that is being written; `nothing` until the first text or role. */
type State = Role | "nothing";
type States = ReadonlySet<State>;

interface Walk {
  readonly late: Map<string, Place>;
  readonly reached: Set<State>;
  /** Partials that include partials multiply; each has one outcome for what comes before it. */
  readonly done: Map<LinkedTemplate, Map<string, States>>;
}

interface Position {
  readonly template: LinkedTemplate;
  readonly walk: Walk;
}

function walkAll(nodes: readonly TemplateNode[], position: Position, before: States): States {
  return nodes.reduce((states, node) => step(node, position, states), before);
}

function step(node: TemplateNode, position: Position, before: States): States {
  const { walk } = position;
  switch (node.kind) {
    case "text":
      return node.text.trim() === "" ? before : written(before, walk);
    case "print":
    case "json":
      return written(before, walk);
    case "role":
      if (node.role === "system" && (before.has("user") || before.has("assistant")))
        walk.late.set(`${node.place.path}:${node.place.line}:${node.place.column ?? 0}`, node.place);
      walk.reached.add(node.role);
      return new Set([node.role]);
    case "choice":
    case "with":
      return union(walkAll(node.body, position, before), walkAll(node.otherwise, position, before));
    case "each": {
      const once = union(before, walkAll(node.body, position, before));
      return union(walkAll(node.otherwise, position, before), union(once, walkAll(node.body, position, once)));
    }
    case "partial":
      return throughPartial(node.name, position, before);
  }
}

function throughPartial(name: string, { template, walk }: Position, before: States): States {
  const partial = template.partials.get(name);
  // Linking has refused partials that do not exist.
  if (partial === undefined) return before;
  const key = [...before].toSorted().join(" ");
  const known = walk.done.get(partial)?.get(key);
  if (known !== undefined) return known;
  const after = walkAll(partial.nodes, { template: partial, walk }, before);
  walk.done.set(partial, (walk.done.get(partial) ?? new Map<string, States>()).set(key, after));
  return after;
}

/** Text before the first role is a message of the user. */
function written(before: States, walk: Walk): States {
  if (!before.has("nothing")) return before;
  walk.reached.add("user");
  return new Set([...before].map((state) => (state === "nothing" ? "user" : state)));
}

function union(left: States, right: States): States {
  return new Set([...left, ...right]);
}
