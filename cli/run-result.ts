import type { JsonObject } from "../core/json.ts";
import type { StoredEvent } from "../core/events.ts";
import { plainText } from "./plain-text.ts";

/** Fields that hold a workflow's result by their name, the most final first. */
const RESULT_FIELDS = ["brief", "report", "answer", "result", "draft"] as const;

/**
 * The text by which a terminal shows what a run came to: the first string among `brief`, `report`, `answer`, `result`, `draft`; else the
 * string that was written last; else the whole state as JSON.
 */
export function resultText(state: JsonObject, events: readonly StoredEvent[]): string {
  const written = events
    .toReversed()
    .flatMap((event) => (event.type === "task_completed" ? Object.keys(asObject(event.update)) : []));
  const text = [...RESULT_FIELDS, ...written]
    .map((name) => state[name])
    .find((value) => typeof value === "string" && value.trim() !== "");
  return plainText(typeof text === "string" ? text.trimEnd() : JSON.stringify(state, undefined, 2));
}

function asObject(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
