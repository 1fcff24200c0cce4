import type { TaskRef } from "../core/events.ts";
import type { Journal } from "../core/journal.ts";
import { digest, type JsonValue } from "../core/json.ts";
import type { Fence } from "./run.ts";
import type { EffectTable } from "./store.ts";

/**
 * The journal of one node execution. LangGraph's `task()` is not used: its write is not awaited, a rejected write does not stop the
 * node, an in-process retry repeats finished calls, and a replay ignores the arguments.
 */
export function createJournal(effects: EffectTable, fence: Fence, task: TaskRef): Journal {
  const occurrences = new Map<string, number>();

  function keyOf(kind: string, name: string, request: JsonValue): string {
    const request256 = digest({ kind, name, request });
    const occurrence = occurrences.get(request256) ?? 0;
    // Counted before anything is awaited, so that parallel calls of one node get their keys in the order they were written down.
    occurrences.set(request256, occurrence + 1);
    return digest([fence.run, task.namespace, task.taskId, request256, occurrence]);
  }

  return {
    async call<T extends JsonValue>(
      { kind, name, request }: Parameters<Journal["call"]>[0],
      perform: (key: string) => Promise<T>,
      accept?: (value: T) => void | Promise<void>,
    ) {
      const key = keyOf(kind, name, request);
      const finished = await effects.find(fence.run, key);
      // Stored under this key by this same call, so it has the type that `perform` returned then.
      if (finished !== undefined) return { value: finished.value as T, replayed: true };
      const value = await perform(key);
      try {
        await accept?.(value);
      } catch (error) {
        await effects.record(fence, { key, kind, name, status: "spent", value });
        throw error;
      }
      await effects.record(fence, { key, kind, name, status: "done", value });
      return { value, replayed: false };
    },
  };
}
