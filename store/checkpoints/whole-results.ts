import { ERROR, WRITES_IDX_MAP, type PendingWrite } from "@langchain/langgraph-checkpoint";

/**
 * The writes of a task as they may be stored. LangGraph hands over the error of a task together with what it had written until then: stored with
 * it, half a result would look like a whole one on resume, and the task would never run again.
 */
export function wholeResults(writes: readonly PendingWrite[]): readonly PendingWrite[] {
  if (!writes.some(([channel]) => channel === ERROR)) return writes;
  return writes.filter(([channel]) => channel in WRITES_IDX_MAP);
}
