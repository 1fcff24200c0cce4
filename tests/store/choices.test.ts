import { existsSync } from "node:fs";
import { join } from "node:path";

import { type BatonConfig, createBaton, offline, sqlite } from "batonjs";
import { describe, expect, it } from "vitest";

import { temporaryFolder } from "../support/baton.ts";

const production = { NODE_ENV: "production" };
const OPENAI_API_KEY = "k";
/** Nothing listens there; it only has to be named. */
const DATABASE_URL = "postgres://127.0.0.1:1/none";

const REFUSED: readonly [string, Omit<BatonConfig, "workflows">, NodeJS.ProcessEnv, string, string][] = [
  ["the model", {}, { DATABASE_URL }, "Nothing names the model,", "Set OPENAI_API_KEY,"],
  ["the store", {}, { OPENAI_API_KEY }, "Nothing names the store of the runs,", "Set DATABASE_URL,"],
  ["an empty variable", {}, { OPENAI_API_KEY, DATABASE_URL: " " }, "the store of the runs", "Set DATABASE_URL,"],
  ["the session layer", { model: offline(), store: sqlite() }, {}, "Nothing names the session memory,", "sqlite()"],
  [
    "the vector layer",
    { model: offline(), store: sqlite(), session: sqlite() },
    {},
    "Nothing names the vector memory,",
    "sqlite()",
  ],
];

describe("with NODE_ENV=production", () => {
  it.each(REFUSED)("%s is no default", async (_name, config, env, message, hint) => {
    const folder = await temporaryFolder();
    const opening = createBaton({ workflows: [], ...config }, { folder, env: { ...production, ...env } });
    await expect(opening).rejects.toMatchObject({
      code: "default-refused",
      exitCode: 78,
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
    // What is refused leaves nothing behind that a later run would find.
    expect(existsSync(join(folder, ".baton"))).toBe(false);
  });

  it("what the config names is used, whatever the environment says", async () => {
    const named = {
      workflows: [],
      prompts: ".",
      allowPromptFolder: true,
      model: offline(),
      store: sqlite(),
      session: sqlite(),
      vector: sqlite(),
    };
    const options = { folder: await temporaryFolder(), env: { ...production, OPENAI_API_KEY, DATABASE_URL } };
    await using baton = await createBaton(named, options);
    expect(baton.seams.model).toEqual({ implementation: "offline", why: "named in the config" });
    expect(baton.seams.store).toEqual({
      implementation: expect.stringContaining("SQLite"),
      why: "named in the config",
    });
  });
});
