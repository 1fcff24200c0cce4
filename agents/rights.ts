import type { LayerName } from "../memory/item.ts";
import type { RouteOptions } from "./memory-policy.ts";

/** What the framework knows of a node without running it. */
export interface NodeRights {
  readonly kind: "agent" | "node" | "workflow";
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Name of the prompt an agent uses; its variables are `reads`. */
  readonly prompt?: string;
  /** Names of further prompts that it may render, such as `baton/output-repair`: each run pins them too. */
  readonly prompts?: readonly string[];
  readonly layers?: readonly LayerName[];
  /** How an agent's recalls are routed. */
  readonly memory?: RouteOptions;
  /** Names of the tools it was given; those of a server are known only when it is asked. */
  readonly tools?: readonly string[];
  /** Nodes to which it may hand the task over. */
  readonly handoffs?: readonly string[];
  /** Where the node is a workflow of its own: the id and the nodes of that, whose prompts each run pins too. */
  readonly workflow?: string;
  readonly inner?: readonly DeclaredNode[];
}

export interface DeclaredNode {
  readonly name: string;
  /** Undefined for a plain function: it may read and write every field. */
  readonly rights: NodeRights | undefined;
}
