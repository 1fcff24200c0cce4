import { expect, test } from "vitest";

import { checkConfig } from "../config-check.ts";
import { offline, openaiEmbed, postgres, redis, sqlite } from "../index.ts";

const FULL = {
  workflows: [],
  model: offline(),
  prices: { local: { input: 0, output: 0 } },
  store: postgres({ url: "postgres://localhost/x" }),
  session: redis({ url: "redis://localhost" }),
  vector: sqlite(),
  embed: openaiEmbed("text-embedding-3-small", { env: { OPENAI_API_KEY: "k" } }),
  prompts: ["a", "b"],
  promptBundle: "prompts.json",
  allowPromptFolder: true,
  leaseMs: 5_000,
  nodeTimeoutMs: 1,
};

test("takes a config whose every part is named", () => {
  expect(checkConfig(FULL)).toBe(FULL);
});

test.each([
  [
    "a model's name",
    { model: "gpt-5-mini" },
    "Expected `model` of the config to be what `openai(…)`, `offline()` or another model's function returns, got a string.",
  ],
  [
    "an address with a password",
    { store: "postgres://ada:secret@db/x" },
    "Expected `store` of the config to be what `sqlite()` or `postgres()` returns, got a string.",
  ],
  [
    "a function that was not called",
    { store: sqlite },
    "Expected `store` of the config to be what `sqlite()` or `postgres()` returns, got a function.",
  ],
  [
    "a Redis as the store",
    { store: redis({ url: "redis://x" }) },
    "Expected `store` of the config to be what `sqlite()` or `postgres()` returns, got another object.",
  ],
  [
    "prices that are none",
    { prices: { local: 3 } },
    "Expected `prices.local` of the config to be prices such as { input: 0.1, output: 0.4 }, got `3`.",
  ],
  [
    "a lease of no time",
    { leaseMs: 0 },
    "Expected `leaseMs` of the config to be a positive number of milliseconds, got `0`.",
  ],
  [
    "a lease that is no number",
    { leaseMs: Number.NaN },
    "Expected `leaseMs` of the config to be a positive number of milliseconds, got `NaN`.",
  ],
  [
    "an endless node",
    { nodeTimeoutMs: Number.POSITIVE_INFINITY },
    "Expected `nodeTimeoutMs` of the config to be a positive number of milliseconds, got `Infinity`.",
  ],
  [
    "prompt folders that are none",
    { prompts: [7] },
    "Expected `prompts` of the config to be a folder or a list of folders, got a list.",
  ],
  [
    "a flag in words",
    { allowPromptFolder: "yes" },
    "Expected `allowPromptFolder` of the config to be true or false, got a string.",
  ],
])("names the part when it is %s, and never prints it", (_name, part, message) => {
  expect(() => checkConfig({ ...FULL, ...part })).toThrow(expect.objectContaining({ code: "config-invalid", message }));
});

test.each([
  [
    "promptFolder",
    "It knows: workflows, model, prices, store, session, vector, embed, prompts, promptBundle, allowPromptFolder, leaseMs, nodeTimeoutMs.",
  ],
  ["promts", "Did you mean `prompts`?"],
  ["modle", "Did you mean `model`?"],
  ["allowPromptfolder", "Did you mean `allowPromptFolder`?"],
])("refuses the unknown part %s", (key, hint) => {
  expect(() => checkConfig({ workflows: [], [key]: "x" })).toThrow(
    expect.objectContaining({
      code: "config-invalid",
      message: `Baton does not know the part \`${key}\` of the config.`,
      hint,
    }),
  );
});

test.each([
  [undefined, "undefined"],
  [null, "null"],
  ["x", "a string"],
  [[], "a list"],
])("refuses %j as a config", (config, found) => {
  expect(() => checkConfig(config)).toThrow(
    `Expected the config to be what \`defineConfig({ workflows: [ … ] })\` returns, got ${found}.`,
  );
});
