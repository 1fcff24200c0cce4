import { z } from "zod";

import type { StoredEvent } from "./events.ts";
import { TaskRef } from "./event-parts.ts";

const task = TaskRef.unwrap().shape;
const at = z.number().describe("Milliseconds since the epoch.");

/**
 * Text of an answer while the model writes it. It is only shown: nothing of it is stored, and what the agent writes in the end stands in
 * `task_completed`.
 */
export const TextEvent = z.discriminatedUnion("type", [
  z
    .object({
      type: z.literal("text_received"),
      ...task,
      at,
      /** Where the text belongs, as in `baton why`: `draft`, `facts[2]`, `report.sections[0].title`. */
      path: z.string().describe("Where the text belongs: a field, then keys and indexes."),
      text: z.string().describe("The next piece of the value at the path."),
    })
    .readonly(),
  z.object({ type: z.literal("text_discarded"), ...task, at }).readonly(),
]);
export type TextEvent = z.infer<typeof TextEvent>;

/** What LangGraph streams in one of its own modes, as it came: its shape is LangGraph's. */
export interface GraphEvent {
  readonly type: "graph_streamed";
  readonly mode: string;
  /** "" for the workflow's own graph, `node:task` for one inside a node, and so on inwards. */
  readonly namespace: string;
  readonly chunk: unknown;
}

/** What a run that is worked in this process shows while it happens: its events, and what is never stored. */
export type LiveEvent = StoredEvent | TextEvent | GraphEvent;
