import { dirname } from "node:path";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  test,
  type RunnerTestCase,
  type RunnerTask,
} from "vitest";

import { stateCodec, type StateCodec } from "../../store/codec/codec.ts";
import { encryptedCodec } from "../../store/codec/encryption.ts";
import { openConnection, type Connection } from "../../store/sqlite/connection.ts";
import { SqliteSaver } from "../../store/sqlite/saver.ts";
import { makeFolder, removeFolder } from "./temporary-folder.ts";

/** What version 1.1.1 of the suite holds; an upgrade that changes it is to be looked at. */
const VALIDATION_CASES = 718;
const DELTA_HISTORY_CASES = 8;

const connections = new Map<SqliteSaver, Connection>();

const codecs: readonly (readonly [name: string, codec: StateCodec])[] = [
  ["plain", stateCodec()],
  ["encrypted", encryptedCodec({ keys: { a: Buffer.alloc(32, 3).toString("base64") }, current: "a" })],
];

const initializer = (codec: StateCodec) => ({
  checkpointerName: "SqliteSaver",
  async createCheckpointer() {
    const connection = await openConnection({ folder: makeFolder() });
    const saver = new SqliteSaver(connection, () => undefined, codec);
    connections.set(saver, connection);
    return saver;
  },
  async destroyCheckpointer(saver: SqliteSaver) {
    const connection = connections.get(saver);
    if (connection === undefined) throw new Error("The suite gave back a saver that it did not get here.");
    await connection.close();
    removeFolder(dirname(connection.path));
  },
});

// The suite finds vitest's functions as globals.
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

function casesIn(task: RunnerTask): RunnerTestCase[] {
  return task.type === "suite" ? task.tasks.flatMap((child) => casesIn(child)) : [task];
}
