import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";

import type { RunId } from "../../core/ids.ts";
import { openStore } from "../../store/connect.ts";
import type { SqliteStore } from "../../store/sqlite/store.ts";
import { newRun } from "../../testing/opened-store.ts";
import { startProgram } from "./program.ts";
import { temporaryFolder } from "./temporary-folder.ts";

async function openIn(folder: string): Promise<SqliteStore> {
  const store = await openStore({ folder });
  onTestFinished(async () => await store.close());
  return store;
}

async function createRuns(store: SqliteStore, count: number): Promise<RunId[]> {
  const runs = await Promise.all(Array.from({ length: count }, async () => await store.runs.create(newRun(), [])));
  return runs.map(({ id }) => id);
}

/** How many rounds of `append.ts` are stored, after checking that they are whole and in order. */
async function roundsOf(store: SqliteStore, run: RunId): Promise<number> {
  const events = await store.events.read(run, 0);
  expect(events.map((event) => (event.type === "step_committed" ? [event.seq, event.step] : event.type))).toEqual(
    events.map((_, step) => [step + 1, step]),
  );
  return events.length;
}

async function checkRounds(store: SqliteStore, run: RunId, acknowledged: number): Promise<void> {
  const rounds = await roundsOf(store, run);
  expect(rounds).toBeGreaterThanOrEqual(acknowledged);
  expect((await store.effects.list(run)).length).toBeGreaterThanOrEqual(rounds);
  const reader = await store.reader();
  const checkpoints = await Array.fromAsync(reader.list({ configurable: { thread_id: run } }));
  const written = checkpoints.toReversed().slice(0, rounds);
  expect(written.map(({ checkpoint, pendingWrites }) => [checkpoint.channel_values, pendingWrites])).toEqual(
    Array.from({ length: rounds }, (_, step) => [{ step }, [[`task-${step}`, "step", step + 1]]]),
  );
}

describe("several processes on one folder", () => {
  test("start at once in an empty folder: each finds the schema, none fails", async () => {
    const folder = temporaryFolder();
    const programs = Array.from({ length: 6 }, () => startProgram("open.ts", [folder]));
    expect(await Promise.all(programs.map(async ({ ended }) => await ended))).toEqual(programs.map(() => "opened"));
    expect(await (await openIn(folder)).runs.list({})).toHaveLength(6);
  });

  test("four of them write at once: no lock error, no lost row, and a reader sees only whole rounds", async () => {
    const folder = temporaryFolder();
    const store = await openIn(folder);
    const runs = await createRuns(store, 4);
    const rounds = 100;
    const programs = runs.map((run) => startProgram("append.ts", [folder, run, String(rounds)]));
    const ended = Promise.all(programs.map(async (program) => await program.ended));
    let looks = 0;
    const seen = new Map<RunId, number>();
    for (let busy = true; busy; looks += 1) {
      busy = (await Promise.race([ended.then(() => "ended"), delay(1, "busy")])) === "busy";
      for (const run of runs) {
        const now = await roundsOf(store, run);
        expect(now).toBeGreaterThanOrEqual(seen.get(run) ?? 0);
        seen.set(run, now);
      }
    }
    expect(looks).toBeGreaterThan(10);
    for (const run of runs) await checkRounds(store, run, rounds);
    expect(await store.runs.list({ status: "completed" })).toHaveLength(4);
  });

  test("one is killed while it writes: all it acknowledged is there, and another goes on at once", async () => {
    const folder = temporaryFolder();
    const store = await openIn(folder);
    for (const kill of [1, 17, 60]) {
      const [run] = await createRuns(store, 1);
      if (run === undefined) throw new Error("No run.");
      const victim = startProgram("append.ts", [folder, run, "1000000"]);
      await vi.waitFor(() => expect(victim.lines().length).toBeGreaterThanOrEqual(kill), {
        timeout: 20_000,
        interval: 1,
      });
      victim.kill();
      await victim.ended;
      const acknowledged = victim.lines().length;
      await checkRounds(store, run, acknowledged);
      // The lease has most of a minute left, but its owner is gone.
      const rounds = acknowledged + 20;
      const successor = startProgram("append.ts", [folder, run, String(rounds)]);
      await successor.ended;
      expect(await roundsOf(store, run)).toBe(rounds);
      expect(await store.runs.get(run)).toMatchObject({ status: "completed", epoch: 2 });
    }
  });

  test("three of them want the same twenty runs: each run goes to exactly one", async () => {
    const folder = temporaryFolder();
    const store = await openIn(folder);
    const runs = await createRuns(store, 20);
    const programs = Array.from({ length: 3 }, () => startProgram("claim.ts", [folder, ...runs]));
    await vi.waitFor(() => expect(programs.every((program) => program.lines()[0] === "ready")).toBe(true), {
      timeout: 20_000,
    });
    for (const program of programs) program.say("go");
    await Promise.all(programs.map(async ({ ended }) => await ended));
    const won = programs.flatMap((program) => program.lines().slice(1));
    expect(won.toSorted()).toEqual(runs.toSorted());
    expect((await store.runs.list({})).every(({ epoch }) => epoch === 1)).toBe(true);
  });
});
