import type { TaskRef } from "../core/events.ts";
import { BatonError } from "../core/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { PendingInterrupt } from "./run.ts";
import type { EffectRow } from "./store.ts";

/** What a person is asked about a call of which nobody knows whether it took effect. */
export interface UnknownEffect extends JsonObject {
  readonly kind: "unknown_effect";
  readonly name: string;
  readonly arguments: JsonValue;
  /** The idempotency key that the call was given: the other side may know it. */
  readonly key: string;
  /** When the call was about to begin. */
  readonly time: string;
  /** Which of the attempts under this key it was. */
  readonly attempt: string;
  readonly node: string;
  readonly step: number;
}

/** What an intent remembers. */
export interface IntentValue extends JsonObject {
  readonly arguments: JsonValue;
  readonly time: string;
  /** Tells this attempt from all others. */
  readonly attempt: string;
}

/** The question about an open intent. */
export function unknownEffect(
  intent: EffectRow,
  { node, step }: TaskRef,
): PendingInterrupt & { readonly value: UnknownEffect } {
  // Written by the journal from an `IntentValue`.
  const value = intent.value as IntentValue;
  return {
    id: `effect-${intent.key.slice(0, 24)}`,
    value: {
      kind: "unknown_effect",
      name: intent.name,
      arguments: value.arguments,
      key: intent.key,
      time: value.time,
      attempt: value.attempt,
      node,
      step,
    },
  };
}

/** The key of the call that an interrupt asks about; undefined for an interrupt of another kind. */
export function effectKeyOf({ id, value }: PendingInterrupt): string | undefined {
  if (!id.startsWith("effect-") || !isJsonObject(value) || value["kind"] !== "unknown_effect") return undefined;
  return typeof value["key"] === "string" ? value["key"] : undefined;
}

/** True when the question is about this attempt of the call, and not about an earlier one under the same key. */
export function asksAbout({ value: asked }: PendingInterrupt, { value: intent }: EffectRow): boolean {
  return isJsonObject(asked) && isJsonObject(intent) && asked["attempt"] === intent["attempt"];
}

export type EffectAnswer = { readonly outcome: "done"; readonly result: JsonValue } | { readonly outcome: "not_done" };

/** Reads what a person said about a call; throws `answer-invalid`, and nothing is lost. */
export function readEffectAnswer(answer: JsonValue, run: string): EffectAnswer {
  if (isJsonObject(answer)) {
    const { outcome, result } = answer;
    if (outcome === "not_done") return { outcome };
    if (outcome === "done" && result !== undefined) return { outcome, result };
  }
  throw new BatonError(
    "answer-invalid",
    `The answer does not say what became of the call: ${JSON.stringify(answer)}.`,
    {
      hint: `Use baton resume ${run} --answer '{"outcome":"done","result":…}' or '{"outcome":"not_done"}'.`,
    },
  );
}
