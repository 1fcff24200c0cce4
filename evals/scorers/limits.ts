import { z } from "zod";

import { BatonError } from "../../core/errors.ts";
import { identityOf, passes, type Scorer } from "../scorer.ts";

/** An execution costs at most so many US dollars or tokens. */
export const Cost = z
  .strictObject({ usd: z.number().positive().optional(), tokens: z.number().int().positive().optional() })
  .refine(({ usd, tokens }) => (usd === undefined) !== (tokens === undefined), "Give either `usd` or `tokens`.");

export function cost(options: z.infer<typeof Cost>): Scorer {
  const { usd, tokens } = options;
  return {
    name: "cost",
    identity: identityOf("cost", options),
    score({ trace }) {
      const { inputTokens, outputTokens } = trace.usage;
      const used = inputTokens + outputTokens;
      if (tokens !== undefined) return passes(used <= tokens, `Took ${used} tokens, allowed are ${tokens}.`);
      if (trace.costUsd === undefined) throw noPrice();
      return passes(trace.costUsd <= (usd ?? 0), `Cost $${trace.costUsd.toFixed(4)}, allowed is $${usd}.`);
    },
  };
}

/** An execution takes at most so long. Its time is no part of a comparison of two versions: machines differ. */
export const Latency = z.strictObject({ ms: z.number().positive() });

export function latency(options: z.infer<typeof Latency>): Scorer {
  return {
    name: "latency",
    identity: identityOf("latency", options),
    score: ({ trace }) => passes(trace.ms <= options.ms, `Took ${Math.round(trace.ms)} ms, allowed are ${options.ms}.`),
  };
}

function noPrice(): BatonError {
  return new BatonError("suite-invalid", "The scorer `cost` has no price for the model that answered.", {
    hint: "Give its price in `prices` of your baton.config.ts, or limit `tokens` instead.",
  });
}
