import type { ModelPrice } from "./price-list.ts";

/** The day on which the table was compared last with what OpenAI is publicly said to charge; raised with every change of a price. */
export const LIST_VERSION = "2026-11-25";

/**
 * OpenAI's list prices in its default service tier (https://developers.openai.com/api/docs/pricing), in US dollars for a million tokens; compared by
 * the public price tables that quote that page. Only models whose price does not depend on the length of
 * the prompt. `prices` of a config overrides and adds.
 */
export const LIST_PRICES: Readonly<Record<string, ModelPrice>> = {
  "gpt-5.2": { input: 1.75, cachedInput: 0.175, output: 14 },
  "gpt-5.1": { input: 1.25, cachedInput: 0.125, output: 10 },
  "gpt-5": { input: 1.25, cachedInput: 0.125, output: 10 },
  "gpt-5-mini": { input: 0.25, cachedInput: 0.025, output: 2 },
  "gpt-5-nano": { input: 0.05, cachedInput: 0.005, output: 0.4 },
  "gpt-4.1": { input: 2, cachedInput: 0.5, output: 8 },
  "gpt-4.1-mini": { input: 0.4, cachedInput: 0.1, output: 1.6 },
  "gpt-4.1-nano": { input: 0.1, cachedInput: 0.025, output: 0.4 },
  "gpt-4o": { input: 2.5, cachedInput: 1.25, output: 10 },
  "gpt-4o-mini": { input: 0.15, cachedInput: 0.075, output: 0.6 },
  "o4-mini": { input: 1.1, cachedInput: 0.275, output: 4.4 },
  o3: { input: 2, cachedInput: 0.5, output: 8 },
};
