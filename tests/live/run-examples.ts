import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { type Baton, BatonError, createBaton, type JsonObject, openai, type RunOutcome } from "batonjs";

import config from "../../baton.config.ts";
import { INPUTS } from "../examples/inputs.ts";

const ROOT = resolve(import.meta.dirname, "../..");

const ALL: Readonly<Record<string, JsonObject>> = {
  ...INPUTS,
  research: { question: "How does Baton resume a failed run?", sources: join(ROOT, "docs") },
};
/** What one example may cost at most: none needs half of it. */
const BUDGET = { modelCalls: 60 };
const MOST_QUESTIONS = 3;

export interface LiveRun {
  /** `OPENAI_API_KEY`, `OPENAI_BASE_URL` and `OPENAI_MODEL` say which model. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Examples by their workflow's id. @default all */
  readonly only?: readonly string[];
  print(line: string): void;
}

/** Runs the examples on a real endpoint, one after the other; returns the exit code. */
export async function runExamples({ env, only = [], print }: LiveRun): Promise<number> {
  const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseURL, OPENAI_MODEL: name = "gpt-5-mini" } = env;
  const model = openai(name, {
    apiKey: apiKey ?? "",
    ...(baseURL === undefined ? {} : { baseURL }),
  });
  try {
    model.check();
  } catch (error) {
    if (!BatonError.is(error) || error.code !== "model-key-missing") throw error;
    print(`error: ${error.message}`);
    print(
      "       Set OPENAI_API_KEY, and OPENAI_BASE_URL for another endpoint than OpenAI; OPENAI_MODEL names the model.",
    );
    return error.exitCode;
  }
  const unknown = only.find((id) => !Object.hasOwn(ALL, id));
  if (unknown !== undefined) {
    print(`error: There is no example \`${unknown}\`. There are: ${Object.keys(ALL).join(", ")}`);
    return 64;
  }
  const ids = only.length === 0 ? Object.keys(ALL) : only;
  const folder = await mkdtemp(join(tmpdir(), "baton-live-"));
  const roots = typeof config.prompts === "string" ? [config.prompts] : (config.prompts ?? []);
  const baton = await createBaton(
    { ...config, model, prompts: roots.map((root) => resolve(ROOT, root)) },
    { folder, env: {} },
  );
  try {
    let completed = 0;
    for (const id of ids) {
      const { line, isDone } = await runOne(baton, id);
      print(line);
      if (isDone) completed += 1;
    }
    print(`${completed} of ${ids.length} examples ran to their end on ${model.ref}.`);
    return completed === ids.length ? 0 : 1;
  } finally {
    await baton.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A person would say yes to what an example asks. */
async function runOne(baton: Baton, id: string): Promise<{ readonly line: string; readonly isDone: boolean }> {
  const startedAt = performance.now();
  let handle = await baton.start(id, ALL[id], { budget: BUDGET, live: { text: true } });
  let pieces = 0;
  let outcome: RunOutcome;
  for (let questions = 0; ; questions += 1) {
    for await (const event of handle.live()) pieces += event.type === "text_received" ? 1 : 0;
    outcome = await handle.result();
    const interrupt = outcome.interrupts?.[0]?.id;
    if (interrupt === undefined || questions === MOST_QUESTIONS) break;
    const yes = { interrupt, answer: { approve: true }, by: "the live check" };
    handle = await baton.resume(handle.id, { ...yes, live: { text: true } });
  }
  const events = await baton.events(handle.id);
  const calls = events.flatMap((event) => (event.type === "model_called" && !event.replayed ? [event] : []));
  const tokens = calls.reduce((sum, { usage }) => sum + usage.inputTokens + usage.outputTokens, 0);
  const isDone = outcome.status === "completed" && calls.length > 0;
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  const figures = `${calls.length} calls, ${tokens} tokens, ${pieces} pieces of text, ${seconds} s`;
  const why = isDone ? "" : `: ${outcome.error?.message ?? outcome.reason ?? outcome.status}`;
  return { line: `${isDone ? "ok    " : "FAILED"} ${id.padEnd(14)} ${figures}${why}`, isDone };
}
