import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { type Baton, createBaton, type Model, offline } from "batonjs";
import { onTestFinished } from "vitest";

import config from "../../baton.config.ts";

const REPOSITORY = resolve(import.meta.dirname, "../..");

/** The examples as the repository's own config registers them, in a folder of their own. */
export async function openExamples(model: Model = offline(), env: NodeJS.ProcessEnv = {}): Promise<Baton> {
  const { baton, close } = await createExamples(model, env);
  onTestFinished(close);
  return baton;
}

/** The same for a whole file, which closes them in the end. */
export async function createExamples(
  model: Model,
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly baton: Baton; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "baton-examples-"));
  const roots = typeof config.prompts === "string" ? [config.prompts] : (config.prompts ?? []);
  const prompts = roots.map((root) => resolve(REPOSITORY, root));
  const baton = await createBaton({ ...config, prompts, model }, { folder, env });
  return {
    baton,
    async close() {
      await baton.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
