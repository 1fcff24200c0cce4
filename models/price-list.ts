import type { Usage } from "../core/events.ts";
import { BatonError } from "../core/errors.ts";
import type { ModelOffer, ModelResponse } from "./model.ts";
import { LIST_PRICES, LIST_VERSION } from "./list-prices.ts";

/** What a model costs, in US dollars for a million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  /** Input that the provider had cached. @default the price of input */
  readonly cachedInput?: number;
}

export interface PriceList {
  /** Which prices these are: the version of the built-in table, and how many were given by hand. */
  readonly version: string;
  /** Undefined when no price is known: an unknown cost is never 0. */
  priceOf(offer: ModelOffer, answered?: string): ModelPrice | undefined;
}

/**
 * The prices of models: given ones first, by the name that the provider answers with (with or without its date) or by the model's ref, then the
 * built-in table, for models that are asked at the provider whose prices these are. Throws `config-invalid` for prices that are none.
 */
export function priceList(given: Readonly<Record<string, ModelPrice>> = {}): PriceList {
  for (const [name, price] of Object.entries(given)) checkPrice(name, price);
  const count = Object.keys(given).length;
  return {
    version: count === 0 ? LIST_VERSION : `${LIST_VERSION}, ${count} given`,
    priceOf({ ref, listed }, answered) {
      const names = [answered, undated(answered), ref].flatMap((name) => (name === undefined ? [] : [name]));
      const own = names.map((name) => entry(given, name)).find((price) => price !== undefined);
      if (own !== undefined) return own;
      // The provider may answer with a more exact name than it was asked by.
      return listed === undefined ? undefined : entry(LIST_PRICES, undated(listed) ?? listed);
    },
  };
}

function checkPrice(name: string, price: ModelPrice): void {
  const parts = [price.input, price.output, price.cachedInput ?? 0];
  if (parts.every((part) => Number.isFinite(part) && part >= 0)) return;
  throw new BatonError(
    "config-invalid",
    `Expected the price of \`${name}\` to be US dollars for a million tokens, got \`${JSON.stringify(price)}\`.`,
    { hint: 'Write prices: { "llama3.3": { input: 0.1, output: 0.4 } }' },
  );
}

/** What a call cost; undefined when the price is unknown or the endpoint did not say how many tokens it took. */
export function costOf(response: ModelResponse, price: ModelPrice | undefined): number | undefined {
  if (response.usageMissing === true || price === undefined) return undefined;
  return costOfUsage(response.usage, price);
}

const MILLION = 1_000_000;

export function costOfUsage(
  { inputTokens, outputTokens, cachedInputTokens = 0 }: Usage,
  { input, output, cachedInput = input }: ModelPrice,
): number {
  const cached = Math.min(cachedInputTokens, inputTokens);
  const micro = (inputTokens - cached) * input + cached * cachedInput + outputTokens * output;
  // Far below what anybody is billed; without it sums would show the dust of binary fractions.
  return Math.round(micro * MILLION) / MILLION / MILLION;
}

function entry(table: Readonly<Record<string, ModelPrice>>, name: string): ModelPrice | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** `gpt-5-mini-2025-08-07` is `gpt-5-mini`. */
function undated(name: string | undefined): string | undefined {
  return name?.replace(/-\d{4}-\d{2}-\d{2}$/, "");
}
