import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  test,
  type RunnerTask,
  type RunnerTestCase,
} from "vitest";

import { stateCodec, type StateCodec } from "../../store/codec/codec.ts";
import { encryptedCodec } from "../../store/codec/encryption.ts";

/** What version 1.1.1 of the suites holds; an upgrade that changes it is to be looked at. */
const VALIDATION_CASES = 718;
const DELTA_HISTORY_CASES = 8;

const codecs: readonly (readonly [name: string, codec: StateCodec])[] = [
  ["plain", stateCodec()],
  ["encrypted", encryptedCodec({ keys: { a: Buffer.alloc(32, 3).toString("base64") }, current: "a" })],
];

/** How the suites get an empty saver and give it back. */
export interface SaverInitializer<T extends BaseCheckpointSaver> {
  readonly checkpointerName: string;
  createCheckpointer(): Promise<T>;
  destroyCheckpointer(saver: T): Promise<void>;
}

/** Registers LangGraph's own suites for a saver, with plain and with encrypted values. */
export async function langgraphSuites<T extends BaseCheckpointSaver>(
  initializer: (codec: StateCodec) => SaverInitializer<T>,
): Promise<void> {
  // The suites find vitest's functions as globals.
  Object.assign(globalThis, { describe, it, test, expect, beforeAll, beforeEach, afterAll, afterEach });
  const { deltaChannelHistoryTests, validate } = await import("@langchain/langgraph-checkpoint-validation");

  describe.each(codecs)("validation, %s", (_, codec) => {
    validate(initializer(codec));
  });

  describe.each(codecs)("delta history, %s", (_, codec) => {
    deltaChannelHistoryTests(initializer(codec));
  });

  test("every case of both suites is collected, and none is skipped", ({ task }) => {
    const cases = task.file.tasks.flatMap((suite) => casesIn(suite)).filter(({ id }) => id !== task.id);
    expect(cases).toHaveLength(codecs.length * (VALIDATION_CASES + DELTA_HISTORY_CASES));
    expect(cases.filter(({ mode }) => mode !== "run")).toEqual([]);
  });
}

function casesIn(task: RunnerTask): RunnerTestCase[] {
  return task.type === "suite" ? task.tasks.flatMap((child) => casesIn(child)) : [task];
}
