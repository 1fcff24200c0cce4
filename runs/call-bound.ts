import type { Budget, Spend } from "../core/budget.ts";
import { BatonError } from "../core/errors.ts";
import { offersOf } from "../models/fallbacks.ts";
import type { Model, ModelRequest, ModelResponse } from "../models/model.ts";
import { costOfUsage } from "../models/price-list.ts";
import type { Reservation } from "./budget-table.ts";

/** What is taken for the length of an answer that nobody bounded, when its call is cut off and has to be counted. */
const USUAL_OUTPUT_TOKENS = 1000;
/** What a provider may put around each message. */
const TOKENS_AROUND_MESSAGE = 16;

/**
 * The most that a call can use: no text has more tokens than bytes, and no answer is longer than `maxOutputTokens`. Without that nobody knows, and
 * the reservation is open-ended. Throws `model-price-unknown` for a budget in dollars where a model's price is unknown.
 */
export function boundOf(model: Model, request: ModelRequest, limits: Budget): Omit<Reservation, "key"> {
  const { messages, output, tools = [], settings } = request;
  const bytes = Buffer.byteLength(JSON.stringify([messages, output.schema, tools]));
  const inputTokens = bytes + TOKENS_AROUND_MESSAGE * (messages.length + tools.length + 1);
  const most = settings["maxOutputTokens"] ?? model.settings["maxOutputTokens"];
  const usage = { inputTokens, outputTokens: typeof most === "number" ? most : USUAL_OUTPUT_TOKENS };
  return {
    amount: {
      tokens: usage.inputTokens + usage.outputTokens,
      usd: limits.usd === undefined ? 0 : Math.max(...pricesOf(model).map((price) => costOfUsage(usage, price))),
      modelCalls: 1,
      steps: 0,
    },
    isOpenEnded: typeof most !== "number" && (limits.tokens !== undefined || limits.usd !== undefined),
  };
}

/** What a call used; where the provider did not say, what was reserved for it. */
export function spendOf({ usage, usageMissing, costUsd }: ModelResponse, reserved: Spend): Spend {
  return {
    tokens: usageMissing === true ? reserved.tokens : usage.inputTokens + usage.outputTokens,
    usd: costUsd ?? reserved.usd,
    modelCalls: 1,
    steps: 0,
  };
}

/** Throws `model-price-unknown` when a model that may answer has no known price. */
export function pricesOf(model: Model) {
  return offersOf(model).map(({ ref, price }) => {
    if (price !== undefined) return price;
    throw new BatonError(
      "model-price-unknown",
      `The run has a budget in US dollars, but the price of the model \`${ref}\` is unknown.`,
      {
        hint: "Give its price in `prices` of your baton.config.ts, or limit tokens instead: --budget-tokens.",
      },
    );
  });
}
