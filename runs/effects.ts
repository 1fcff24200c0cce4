import { randomUUID } from "node:crypto";

import type { TaskRef } from "../core/events.ts";
import type { EffectOutcome, Journal, JournaledCall, OnceOptions } from "../core/journal.ts";
import { digest, type JsonValue } from "../core/json.ts";
import { approvalInterrupt, storedApproval } from "./approval.ts";
import type { Fence, PendingInterrupt } from "./run.ts";
import type { EffectRow, EffectTable } from "./store.ts";
import { type IntentValue, unknownEffect } from "./unknown-effect.ts";

export interface JournalOptions {
  readonly effects: EffectTable;
  readonly fence: Fence;
  readonly task: TaskRef;
  /** When it aborts, no further call begins. */
  readonly signal: AbortSignal;
  /** Makes the node wait for a person, by throwing what LangGraph takes for that. */
  readonly ask: (...interrupts: readonly PendingInterrupt[]) => Promise<never>;
}

/**
 * The journal of one node execution. LangGraph's `task()` is not used: its write is not awaited, a rejected write does not stop the
 * node, an in-process retry repeats finished calls, and a replay ignores the arguments.
 */
export function createJournal({ effects, fence, task, signal, ask }: JournalOptions): Journal {
  const occurrences = new Map<string, number>();

  function keyOf({ kind, name, request }: JournaledCall): string {
    const request256 = digest({ kind, name, request });
    const occurrence = occurrences.get(request256) ?? 0;
    // Counted before anything is awaited, so that parallel calls of one node get their keys in the order they were written down.
    occurrences.set(request256, occurrence + 1);
    return digest([fence.run, task.namespace, task.taskId, request256, occurrence]);
  }

  /** Settles an open intent; resolves with the result if there was one. */
  async function settleIntent<T extends JsonValue>(
    intent: EffectRow,
    { reconcile }: OnceOptions<T>,
  ): Promise<EffectOutcome<T>> {
    const found: EffectOutcome<T> = reconcile === undefined ? { outcome: "unknown" } : await reconcile(intent.key);
    switch (found.outcome) {
      case "unknown":
        return await ask(unknownEffect(intent, task));
      case "done":
        await effects.record(fence, { ...intent, status: "done", value: found.result });
        return found;
      case "not_done":
        await effects.record(fence, { ...intent, status: "undone" });
        return found;
      default:
        return found satisfies never;
    }
  }

  return {
    async call<T extends JsonValue>(
      call: JournaledCall,
      perform: (key: string) => Promise<T>,
      accept?: (value: T) => void | Promise<void>,
    ) {
      const { kind, name } = call;
      const key = keyOf(call);
      const finished = await effects.find(fence.run, key);
      // Stored under this key by this same call, so it has the type that `perform` returned then.
      if (finished !== undefined) return { value: finished.value as T, key, replayed: true };
      signal.throwIfAborted();
      const value = await perform(key);
      try {
        await accept?.(value);
      } catch (error) {
        await effects.record(fence, { key, kind, name, status: "spent", value });
        throw error;
      }
      await effects.record(fence, { key, kind, name, status: "done", value });
      return { value, key, replayed: false };
    },
    async once<T extends JsonValue>(
      call: JournaledCall,
      perform: (key: string) => Promise<T>,
      options: OnceOptions<T> = {},
    ) {
      const { kind, name } = call;
      const key = keyOf(call);
      const known = await effects.find(fence.run, key);
      // As in `call`.
      if (known?.status === "done") return { value: known.value as T, key, replayed: true };
      if (known !== undefined) {
        const settled = await settleIntent(known, options);
        if (settled.outcome === "done") return { value: settled.result, key, replayed: true };
      }
      signal.throwIfAborted();
      const intent: IntentValue = {
        arguments: call.request,
        time: new Date().toISOString(),
        attempt: randomUUID().slice(0, 8),
      };
      await effects.record(fence, { key, kind, name, status: "intent", value: intent });
      // The intent may have taken long to store: whoever was told to stop meanwhile begins nothing.
      if (signal.aborted) {
        await effects.record(fence, { key, kind, name, status: "undone", value: intent });
        signal.throwIfAborted();
      }
      let value: T;
      try {
        value = await perform(key);
      } catch (error) {
        if (options.hadNoEffect?.(error) === true)
          await effects.record(fence, { key, kind, name, status: "undone", value: intent });
        throw error;
      }
      await effects.record(fence, { key, kind, name, status: "done", value });
      return { value, key, replayed: false };
    },
    async find<T extends JsonValue>(call: JournaledCall) {
      const found = await effects.find(fence.run, keyOf(call));
      // As in `call`.
      return found?.status === "done" ? (found.value as T) : undefined;
    },
    async approvals(questions) {
      // Every question is stored before any is asked, so that each can be answered by itself.
      const asked = questions.map((question) => ({ question, key: keyOf(question.call) }));
      const known = await Promise.all(asked.map(({ key }) => effects.find(fence.run, key)));
      const open = asked.filter((_, index) => known[index]?.status !== "done");
      for (const { question, key } of open) {
        if (known[asked.findIndex((other) => other.key === key)] !== undefined) continue;
        const { kind, name, request } = question.call;
        await effects.record(fence, { key, kind, name, status: "intent", value: request });
      }
      if (open.length > 0) return await ask(...open.map(({ question, key }) => approvalInterrupt(key, question, task)));
      return asked.map(({ key }, index) => storedApproval(key, known[index]?.value));
    },
  };
}
