import type { SerializedError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import type { GraphEvent } from "../core/live-events.ts";
import { toReadableJson } from "../core/readable-json.ts";

/** What LangGraph reports while it works. */
export type EngineEvent =
  | ({ readonly type: "task_started" } & EngineTask)
  | ({ readonly type: "task_ended"; readonly result: JsonValue } & EngineTask)
  | ({
      /** A task inside a node threw; what the workflow's own tasks throw is thrown by `work()`. */
      readonly type: "inner_task_failed";
      readonly error: SerializedError;
    } & EngineTask)
  | { readonly type: "step_committed"; readonly step: number; readonly checkpoint?: string };

interface EngineTask {
  readonly step: number;
  readonly taskId: string;
  readonly node: string;
  /** "" in the workflow's own graph; in a graph inside a node `node:task`, and so on inwards. */
  readonly namespace: string;
}

/** Reads one `[namespace, mode, chunk]` of LangGraph's stream as what it is to whoever watches the run. */
export function readStreamed(chunk: unknown): GraphEvent {
  const [path, mode, content]: readonly unknown[] = Array.isArray(chunk) ? chunk : [];
  const namespace = Array.isArray(path) ? path.join("|") : "";
  return { type: "graph_streamed", mode: String(mode), namespace, chunk: content };
}

/** Reads one `[namespace, "debug", { type, step, payload }]` chunk of LangGraph's stream; what is not a task or a checkpoint is passed over. */
export function readDebug(chunk: unknown): EngineEvent | undefined {
  const { mode, namespace, chunk: entry } = readStreamed(chunk);
  if (
    mode !== "debug" ||
    typeof entry !== "object" ||
    entry === null ||
    !("type" in entry) ||
    !("step" in entry) ||
    !("payload" in entry)
  )
    return undefined;
  const { type, step, payload } = entry;
  if (typeof step !== "number" || typeof payload !== "object" || payload === null) return undefined;
  // A run moves on with the steps of its own graph; those of an inner one are kept under it.
  if (type === "checkpoint")
    return namespace === "" ? { type: "step_committed", step, ...checkpointOf(payload) } : undefined;
  const taskId = "id" in payload && typeof payload.id === "string" ? payload.id : undefined;
  const node = "name" in payload && typeof payload.name === "string" ? payload.name : undefined;
  if (taskId === undefined || node === undefined) return undefined;
  const task = { step, taskId, node, namespace };
  if (type === "task") return { type: "task_started", ...task };
  if (type !== "task_result") return undefined;
  if ("error" in payload && payload.error !== null && payload.error !== undefined)
    return namespace === "" ? undefined : { type: "inner_task_failed", ...task, error: errorOf(payload.error) };
  // A task that waits for an answer has not ended: it runs again when the answer is there.
  if ("interrupts" in payload && Array.isArray(payload.interrupts) && payload.interrupts.length > 0) return undefined;
  return {
    type: "task_ended",
    ...task,
    result: "result" in payload ? toReadableJson(payload.result) : null,
  };
}

/** LangGraph reports of an error what it is called and what it says. */
function errorOf(value: unknown): SerializedError {
  const part = (key: "name" | "message"): string => {
    const text: unknown = typeof value === "object" && value !== null && key in value ? Reflect.get(value, key) : "";
    return typeof text === "string" && text !== "" ? text : key === "name" ? "Error" : String(value);
  };
  return { name: part("name"), message: part("message") };
}

function checkpointOf(payload: object): { readonly checkpoint?: string } {
  const config: unknown = "config" in payload ? payload.config : undefined;
  const configurable: unknown =
    typeof config === "object" && config !== null && "configurable" in config ? config.configurable : undefined;
  const id: unknown =
    typeof configurable === "object" && configurable !== null && "checkpoint_id" in configurable
      ? configurable.checkpoint_id
      : undefined;
  return typeof id === "string" ? { checkpoint: id } : {};
}
