import type { JsonValue } from "../../../core/json.ts";
import type { Scorer } from "../../../evals/scorer.ts";
import { scorerOf } from "../../../evals/scorers/registry.ts";

/** A scorer that judges one answer, by its name in a suite file. */
export function singleScorer(name: string, options: JsonValue): Scorer {
  const scorer = scorerOf(name, options);
  if ("score" in scorer) return scorer;
  throw new TypeError(`\`${name}\` judges pairs`);
}
