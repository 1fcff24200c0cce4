import { expect, test } from "vitest";

import { readProgress } from "../../cli/run-progress.ts";
import type { RunEvent } from "../../core/events.ts";
import { claimedRun, openStores } from "../../testing/opened-store.ts";
import { sqlitePlace } from "../store/sqlite-place.ts";

/** What is read of a run with so many steps of so many tasks, the last one under way. */
async function progressOf(steps: number, tasks: number) {
  const [store] = await openStores(sqlitePlace);
  const { fence } = await claimedRun(store);
  const events = Array.from({ length: steps }, (_, step): readonly RunEvent[] => [
    ...Array.from({ length: tasks }, (_nothing, index) => started(step, `n${step}-${index}`)),
    { type: "step_committed", step },
  ]).flat();
  await store.events.append(fence, events.slice(0, -1));
  let rowsRead = 0;
  const counted = {
    ...store.events,
    read: async (...parts: Parameters<typeof store.events.read>) => {
      const found = await store.events.read(...parts);
      rowsRead += found.length;
      return found;
    },
  };
  return { progress: await readProgress(counted, fence.run), rowsRead };
}

function started(step: number, node: string): RunEvent {
  return { type: "task_started", step, node, taskId: node, namespace: "", attempt: 1 };
}

test("reads where a long run is off its newest events alone", async () => {
  expect(await progressOf(1_000, 2)).toEqual({ progress: { step: 999, node: "n999-0, n999-1" }, rowsRead: 0 });
});

test("names every node of a step that is wider than what was read first", async () => {
  const { progress } = await progressOf(2, 150);
  expect(progress.node?.split(", ")).toHaveLength(150);
});

test("knows no step of a run that has none", async () => {
  expect((await progressOf(0, 0)).progress).toEqual({ step: undefined, node: undefined });
});
