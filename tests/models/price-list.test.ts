import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import { expect, test } from "vitest";

import { openai, type ModelResponse } from "batonjs";

import { LIST_PRICES, LIST_VERSION } from "../../models/list-prices.ts";
import { offline } from "../../models/offline.ts";
import { costOf, priceList } from "../../models/price-list.ts";
import { priced } from "../../models/priced.ts";
import { modelRequest } from "./request.ts";

const answer: ModelResponse = {
  text: "{}",
  finish: "stop",
  usage: { inputTokens: 1000, outputTokens: 100 },
  model: "gpt-5-mini-2025-08-07",
};
const OPENAI = { ref: "openai/gpt-5-mini", listed: "gpt-5-mini" };

test("knows what OpenAI charges, also under a dated name", () => {
  expect(costOf(answer, priceList().priceOf(OPENAI, answer.model))).toBe(0.00045);
  expect(priceList().priceOf({ ref: "openai/x", listed: "gpt-5-mini-2025-08-07" })).toEqual(
    priceList().priceOf(OPENAI),
  );
});

test("charges input that was cached at its own price", () => {
  const cached = { ...answer, usage: { inputTokens: 1000, outputTokens: 0, cachedInputTokens: 800 } };
  expect(costOf(cached, { input: 1, cachedInput: 0.1, output: 0 })).toBe(0.00028);
  expect(costOf(cached, { input: 1, output: 0 })).toBe(0.001);
});

test("does not know the price of an unknown model, nor of a known name at another provider", () => {
  const prices = priceList();
  expect(prices.priceOf({ ref: "openai/gpt-9", listed: "gpt-9" })).toBeUndefined();
  const elsewhere = openai("gpt-5-mini", { baseURL: "http://localhost:11434/v1" });
  expect(elsewhere.offers).toEqual([{ ref: "openai/gpt-5-mini" }]);
  expect(prices.priceOf({ ref: "openai/gpt-5-mini" }, "gpt-5-mini")).toBeUndefined();
  expect(prices.priceOf({ ref: "constructor", listed: "constructor" })).toBeUndefined();
});

test("does not know the cost of a call whose tokens nobody reported", () => {
  expect(costOf({ ...answer, usageMissing: true }, { input: 1, output: 1 })).toBeUndefined();
});

test("does not know the cost of another service tier, unless its price was given", async () => {
  const model = {
    ...openai("gpt-5-mini", { apiKey: "none", baseURL: "https://api.openai.com/v1" }),
    generate: async () => ({ ...answer, offList: true as const }),
  };
  expect(await priced(model, priceList()).generate(modelRequest())).not.toHaveProperty("costUsd");
  const given = priceList({ "gpt-5-mini": { input: 1, output: 1 } });
  expect(await priced(model, given).generate(modelRequest())).toMatchObject({ costUsd: 0.0011 });
});

test.each(["gpt-5-mini-2025-08-07", "gpt-5-mini", "openai/gpt-5-mini"])(
  "takes the price that was given for `%s` before its own",
  (name) => {
    const prices = priceList({ [name]: { input: 10, output: 20 } });
    expect(costOf(answer, prices.priceOf(OPENAI, answer.model))).toBe(0.012);
    expect(prices.version).toMatch(/^\d{4}-\d\d-\d\d, 1 given$/);
  },
);

test.each([
  { input: -1, output: 1 },
  { input: Number.NaN, output: 1 },
  { input: 1, output: Number.POSITIVE_INFINITY },
])("refuses the price %j", (price) => {
  expect(() => priceList({ mine: price })).toThrow(
    expect.objectContaining({ code: "config-invalid", message: expect.stringContaining("`mine`") }),
  );
});

test("offline() costs nothing, and says so", async () => {
  expect(await priced(offline(), priceList()).generate(modelRequest())).toMatchObject({ costUsd: 0 });
});

test("the page about models names every built-in price and the version of the table", async () => {
  const page = await readFile(resolve(import.meta.dirname, "../../docs/models.md"), "utf8");
  const rows = [...page.matchAll(/^\| `([^`]+)` +\| ([\d.]+) +\| ([\d.]+) +\| ([\d.]+) +\|$/gmu)];
  const told = rows.map(([, name = "", input, cachedInput, output]) => [
    name,
    { input: Number(input), cachedInput: Number(cachedInput), output: Number(output) },
  ]);
  expect(Object.fromEntries(told)).toEqual(LIST_PRICES);
  expect(page).toContain(`"prices": "${LIST_VERSION}"`);
});
