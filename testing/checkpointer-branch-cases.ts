import assert from "node:assert/strict";

import {
  chain,
  chainValues,
  entry,
  FAN_OUT,
  fanOut,
  inThread,
  storedList,
  storedValues,
  valuesOf,
} from "./checkpointer-graphs.ts";
import { type CheckpointerCase, type CheckpointerPlace, inProcess } from "./checkpointer-place.ts";

/** What a thread reads after it was forked, replayed or edited, and after parallel tasks. */
export const BRANCH_CASES: readonly CheckpointerCase[] = [
  {
    title: "forks: each branch reads its own values, and the trunk keeps its own",
    async run(place) {
      await inProcess(place, async (process) => {
        const graph = chain(await process.take("t1"));
        await graph.invoke(entry("in"), inThread("t1"));
        const trunk = await Array.fromAsync(graph.getStateHistory(inThread("t1")));
        const middle = trunk.find(({ values }) => values.last === "b");
        assert(middle !== undefined);
        const heads = [];
        for (const branch of ["left", "right"]) {
          const forked = await graph.updateState(middle.config, entry(branch), "b");
          await graph.invoke(null, { ...forked, durability: "sync" });
          heads.push({ branch, head: await graph.getState(inThread("t1")) });
        }
        const later = chain(await process.reader());
        for (const { branch, head } of heads) {
          const wanted = ["in", "a", "b", branch, ...chainValues("", "c")];
          assert.deepEqual((await later.getState(head.config)).values, valuesOf(wanted));
        }
        for (const { config, values } of trunk) assert.deepEqual((await later.getState(config)).values, values);
      });
    },
  },
  {
    title: "replay: what is reloaded is what ran",
    async run(place) {
      await inProcess(place, async (process) => {
        const saver = await process.take("t1");
        await chain(saver).invoke(entry("in"), inThread("t1"));
        const middle = await stateAfter(place, "b");
        const live = await chain(saver, { mark: " again" }).invoke(null, { ...middle.config, durability: "sync" });
        assert.deepEqual(live, valuesOf(["in", "a", "b", ...chainValues(" again", "c")]));
        assert.deepEqual(await storedValues(process, "t1"), live);
      });
    },
  },
  {
    title: "edit: what a person sets on an old checkpoint is kept",
    async run(place) {
      await inProcess(place, async (process) => {
        const graph = chain(await process.take("t1"));
        await graph.invoke(entry("in"), inThread("t1"));
        const middle = await stateAfter(place, "c");
        const edited = await graph.updateState(middle.config, { last: "by hand" }, "c");
        const stored = await chain(await process.reader()).getState(edited);
        assert.deepEqual(stored.values, { ...valuesOf(["in", "a", "b", "c"]), last: "by hand" });
      });
    },
  },
  {
    title: "fan-out order: parallel tasks reload in the order in which they were applied",
    async run(place) {
      await inProcess(place, async (process) => {
        const live = await fanOut(await process.take("t1")).invoke(entry("in"), inThread("t1"));
        assert.deepEqual(live, valuesOf(FAN_OUT));
        const stored = await fanOut(await process.reader()).getState(inThread("t1"));
        assert.deepEqual(stored.values["plain"], FAN_OUT);
      });
    },
  },
  {
    title: "delta order: lists kept as deltas reload in the order in which they were applied",
    async run(place) {
      // Ids of tasks are hashes: one thread may be in order by chance.
      for (const thread of ["t1", "t2"]) {
        await inProcess(place, async (process) => {
          await fanOut(await process.take(thread)).invoke(entry("in"), inThread(thread));
          const history = await Array.fromAsync(fanOut(await process.reader()).getStateHistory(inThread(thread)));
          assert.deepEqual(
            history.map(({ values }) => values["delta"]),
            [FAN_OUT, FAN_OUT.slice(0, -1), FAN_OUT.slice(0, 2), FAN_OUT.slice(0, 1), []],
          );
        });
      }
    },
  },
  {
    title: "fan-out resume: finished tasks of a step that failed are not run again, and keep their place",
    async run(place) {
      await resumeFanOut(place, "t1");
    },
  },
];

/** Fails in one of the parallel tasks, and goes on in another process. */
async function resumeFanOut(place: CheckpointerPlace, thread: string): Promise<void> {
  const runs: string[] = [];
  let failing = true;
  const during = (task: string): void => {
    runs.push(task);
    if (task === "1" && failing) throw new Error("Not yet.");
  };
  await inProcess(place, async (process) => {
    const graph = fanOut(await process.take(thread), { during });
    await assert.rejects(graph.invoke(entry("in"), inThread(thread)), { message: "Not yet." });
  });
  failing = false;
  await inProcess(place, async (process) => {
    const finished = new Set(runs.filter((task) => Number(task) > 1));
    const before = runs.length;
    const end = await fanOut(await process.take(thread), { during }).invoke(null, inThread(thread));
    assert.deepEqual(end["plain"], FAN_OUT);
    assert.deepEqual(
      runs.slice(before).filter((task) => finished.has(task)),
      [],
    );
    assert.deepEqual(await storedList(process, thread), FAN_OUT);
  });
}

async function stateAfter(place: CheckpointerPlace, node: string) {
  return await inProcess(place, async (process) => {
    const history = await Array.fromAsync(chain(await process.reader()).getStateHistory(inThread("t1")));
    const found = history.find(({ values }) => values.last === node);
    assert(found !== undefined);
    return found;
  });
}
