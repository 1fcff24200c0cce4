import { CHECKPOINTER_CASES, type CheckpointerPlace } from "batonjs/testing/conformance";
import { expect, test } from "vitest";

import { stockMemoryPlace, stockPostgresPlaces } from "./checkpointer-places.ts";

const PROCESSES = [
  "double resume: of two processes one goes on, and the thread stays one line",
  "double answer: one of two answers counts, and the other is refused",
  "two writers: a process that lost the thread changes nothing any more",
  "clock: a process whose clock is 60 s behind loses nothing",
  "clock: a process whose clock is 60 s ahead loses nothing",
];
const SET_UP = "set-up: 8 processes that start at once on an empty place all start";
const DATA = [
  "poisoned data: what looks like a message stays data",
  "poisoned data: what looks like an object nobody knows stays data",
  "poisoned data: what looks like a map stays data",
  "poisoned data: what looks like one inside a list stays data",
  "exact data: a big integer comes back as it was, or is refused",
  "exact data: a date comes back as it was, or is refused",
  "exact data: not a number comes back as it was, or is refused",
];
const BRANCHES = [
  "forks: each branch reads its own values, and the trunk keeps its own",
  "edit: what a person sets on an old checkpoint is kept",
  "delta order: lists kept as deltas reload in the order in which they were applied",
];
const FAILED_BY_POSTGRES_SAVER: readonly string[] = [
  ...BRANCHES,
  ...PROCESSES,
  SET_UP,
  ...DATA,
  "exact data: bytes comes back as it was, or is refused",
];
const FAILED_BY_MEMORY_SAVER: readonly string[] = [...PROCESSES, ...DATA];

test.each([
  ["PostgresSaver 1.0.5", stockPostgresPlaces(), FAILED_BY_POSTGRES_SAVER],
  ["MemorySaver 1.2.2", stockMemoryPlace, FAILED_BY_MEMORY_SAVER],
] as const)(
  "the suite bites: of LangGraph's own %s it fails these cases, and no others",
  async (_, make, expected) => {
    expect(await failedBy(make)).toEqual(expected);
  },
  600_000,
);

async function failedBy(make: () => Promise<CheckpointerPlace>): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const { title, run } of CHECKPOINTER_CASES) {
    const place = await make();
    await run(place).catch((error: unknown) => {
      failed.push(title);
      if (process.env["BATON_SHOW_FAILURES"] !== undefined) console.log(title, error);
    });
    await place.remove();
  }
  return failed;
}
