import type { StoredEvent } from "../core/events.ts";
import { canonicalJson } from "../core/json.ts";
import { signatureOf } from "../core/signature.ts";
import type { Answer } from "./answer.ts";
import type { Standing } from "./engine.ts";
import type { PendingInterrupt } from "./run.ts";

/**
 * The answer that is stored but did not get into the thread: whoever was to carry it out vanished, was parked or handed the run over before the
 * node that asked was done. Undefined when the thread has it, when the question is another one by now, and after a failure that kept it out of
 * the thread: an answer that the node refuses is asked for again.
 */
export function storedAnswer(past: readonly StoredEvent[], standing: Standing): Answer | undefined {
  const { checkpoint, interrupts, taken } = standing;
  const given = past.findLast(({ type }) => type === "run_answered");
  if (given?.type !== "run_answered" || given.checkpoint !== (checkpoint ?? null)) return undefined;
  // One more, and the thread has it.
  if ((taken.get(given.interrupt) ?? 0) !== (given.taken ?? 0)) return undefined;
  const after = past.filter(({ seq }) => seq > given.seq);
  if (after.some(({ type }) => type === "run_interrupted" || type === "run_failed")) return undefined;
  const pending = interrupts.find(({ id }) => id === given.interrupt);
  if (pending === undefined || !wasAsked(past, given.seq, pending)) return undefined;
  return { interrupt: pending, answer: given.answer, checkpoint, ...signatureOf(given) };
}

/** True when the question still stands as it was answered: no node has seen the answer. */
export function isUnused({ checkpoint, interrupt }: Answer, standing: Standing): boolean {
  if (checkpoint !== standing.checkpoint) return false;
  return standing.interrupts.some(
    ({ id, value }) => id === interrupt.id && canonicalJson(value) === canonicalJson(interrupt.value),
  );
}

/** What was answered has to be what is asked. */
function wasAsked(past: readonly StoredEvent[], before: number, { id, value }: PendingInterrupt): boolean {
  const asked = past.findLast((event) => event.seq < before && event.type === "run_interrupted");
  if (asked?.type !== "run_interrupted") return false;
  return asked.interrupts.some(
    (one) => one["id"] === id && canonicalJson(one["value"] ?? null) === canonicalJson(value),
  );
}
