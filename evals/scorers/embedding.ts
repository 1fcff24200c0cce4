import { z } from "zod";

import { textOf } from "../../core/json.ts";
import { identityOf, passes, type Scorer } from "../scorer.ts";
import { suiteInvalid } from "../suite-error.ts";
import { actualOf, expectedOf, Part } from "./part.ts";

/** How near the output comes to the expected text in meaning: the cosine of their vectors, 0 where it is negative. */
export const Embedding = Part.extend({
  /** Right from this cosine on, wrong below. @default the cosine itself is the score */
  atLeast: z.number().min(0).max(1).optional(),
});

export function embedding(options: z.infer<typeof Embedding> = {}): Scorer {
  const { atLeast } = options;
  return {
    name: "embedding",
    identity: identityOf("embedding", options),
    async score(scored, tools) {
      const texts = [textOf(actualOf(scored, options)), textOf(expectedOf(scored, options))];
      if (tools?.embed === undefined) throw withoutEmbed();
      const [actual, expected] = await tools.embed(texts);
      const cosine = Math.min(1, Math.max(0, product(actual, expected)));
      const reason = `Its meaning is ${cosine.toFixed(3)} near the expected one.`;
      if (atLeast !== undefined) return passes(cosine >= atLeast, `${reason} Asked for is ${atLeast}.`);
      return cosine > NEARLY_ONE ? { score: 1 } : { score: cosine, reason };
    },
  };
}

/** Vectors are stored in single precision: equal texts come out a little below 1. */
const NEARLY_ONE = 0.999_99;

function product(left: Float32Array | undefined, right: Float32Array | undefined): number {
  if (left === undefined || right === undefined) return 0;
  return left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0);
}

export function withoutEmbed(): Error {
  return suiteInvalid({
    message: "The scorer `embedding` has nothing that makes vectors.",
    hint: "Write `embed: openaiEmbed()` in baton.config.ts, or set OPENAI_API_KEY.",
  });
}
