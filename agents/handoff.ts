/** Gives the task to another node; made by `handoff()`. `Target` is the node, `Field` what the model fills in on the way. */
export interface Handoff<Target extends string = string, Field extends string = string> {
  readonly kind: "handoff";
  readonly name: string;
  readonly description: string;
  readonly target: Target;
  readonly update: readonly Field[];
}

export interface HandoffOptions<Field extends string> {
  /** When the model is to use it. @default "Hand the task over to `target`." */
  readonly description?: string;
  /** Fields of the agent's `writes` that the model fills in for the next one. @default none: the state goes on as it is */
  readonly update?: readonly Field[];
}

/**
 * A tool by which an agent gives the task to another node instead of answering: the graph goes on there. The node is added with
 * `{ ends: ["billing"] }`, so that LangGraph knows the way.
 */
export function handoff<const Target extends string, const Field extends string = never>(
  target: Target,
  { description, update = [] }: HandoffOptions<Field> = {},
): Handoff<Target, Field> {
  return {
    kind: "handoff",
    // Node names may hold anything; the names of tools may not.
    name: `handoff_to_${target.replace(/[^A-Za-z0-9_-]/gu, "_")}`.slice(0, 64),
    description: description ?? `Hand the task over to \`${target}\`.`,
    target,
    update,
  };
}
