import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

import { Command } from "@langchain/langgraph";

import {
  asking,
  assertOneLine,
  chain,
  chainValues,
  entry,
  fanOut,
  fanOutValues,
  inThread,
  storedList,
  storedValues,
  valuesOf,
} from "./checkpointer-graphs.ts";
import { atSkew, type CheckpointerCase, type CheckpointerPlace, inProcess } from "./checkpointer-place.ts";

const SKEW_MS = 60_000;
const STARTERS = 8;
/** Far more statements than the graph needs. */
const MOST_STATEMENTS = 500;

/** What several processes do to one thread, one after the other or at once. */
export const PROCESS_CASES: readonly CheckpointerCase[] = [
  {
    title: "double resume: of two processes one goes on, and the thread stays one line",
    async run(place) {
      await failIn(place, "c", 0);
      const resumed = await atOnce(
        place,
        async (saver) => await chain(saver, { during: pause }).invoke(null, inThread("t1")),
      );
      await inProcess(place, async (process) => {
        await assertOneLine(process, "t1");
        assert.equal(resumed.filter(({ status }) => status === "fulfilled").length, 1);
        assert.deepEqual(await storedValues(process, "t1"), valuesOf(["in", ...chainValues()]));
      });
    },
  },
  {
    title: "double answer: one of two answers counts, and the other is refused",
    async run(place) {
      await inProcess(place, async (process) => {
        await asking(await process.take("t1")).invoke(entry("in"), inThread("t1"));
      });
      const outcomes = await atOnce(
        place,
        async (saver, index) => await asking(saver).invoke(new Command({ resume: String(index) }), inThread("t1")),
      );
      await inProcess(place, async (process) => {
        await assertOneLine(process, "t1");
        assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
        const winner = outcomes.findIndex(({ status }) => status === "fulfilled");
        const wanted = ["in", `answer ${winner}`, `act on answer ${winner}`];
        assert.deepEqual(await storedValues(process, "t1"), valuesOf(wanted));
      });
    },
  },
  {
    title: "two writers: a process that lost the thread changes nothing any more",
    async run(place) {
      const frozen = Promise.withResolvers<void>();
      const thawed = Promise.withResolvers<void>();
      const zombie = await place.start();
      const first = chain(await zombie.take("t1"), {
        mark: " of the zombie",
        async during(node) {
          if (node !== "c") return;
          frozen.resolve();
          await thawed.promise;
        },
      }).invoke(entry("in"), inThread("t1"));
      const ended = first.then(
        () => "went on",
        () => "was refused",
      );
      await frozen.promise;
      await inProcess(place, async (process) => {
        await chain(await process.take("t1")).invoke(null, inThread("t1"));
        const before = await storedValues(process, "t1");
        thawed.resolve();
        assert.equal(await ended, "was refused");
        assert.deepEqual(await storedValues(process, "t1"), before);
        await assertOneLine(process, "t1");
      }).finally(thawed.resolve);
      await ended;
      await zombie.stop();
    },
  },
  ...[-SKEW_MS, SKEW_MS].map((skewMs) => ({
    title: `clock: a process whose clock is ${Math.abs(skewMs) / 1_000} s ${skewMs < 0 ? "behind" : "ahead"} loses nothing`,
    async run(place: CheckpointerPlace) {
      // Whichever of the two is wrong, the second one reads a clock that stands before the first one's.
      await failIn(place, "c", Math.max(0, skewMs));
      await inProcess(place, async (process) => {
        const graph = chain(await process.take("t1"));
        const end = await atSkew(Math.min(0, skewMs), async () => await graph.invoke(null, inThread("t1")));
        assert.deepEqual(end, valuesOf(["in", ...chainValues()]));
        assert.deepEqual(await storedValues(process, "t1"), end);
        const head = await chain(await process.reader()).getState(inThread("t1"));
        assert.deepEqual(head.next, []);
      });
    },
  })),
  {
    title: `set-up: ${STARTERS} processes that start at once on an empty place all start`,
    async run(place) {
      const starts = await Promise.allSettled(Array.from({ length: STARTERS }, async () => await place.start()));
      await Promise.all(starts.map(async (start) => start.status === "fulfilled" && (await start.value.stop())));
      assert.deepEqual(
        starts.flatMap((start) => (start.status === "rejected" ? [String(start.reason)] : [])),
        [],
      );
    },
  },
  {
    title: "crash: between any two statements nothing is lost, torn or repeated beyond the step in flight",
    async run(place) {
      for (let last = 0; ; last += 1) {
        assert(last < MOST_STATEMENTS, "the crash never came to an end of the statements");
        const thread = `t${last}`;
        const tasks: string[] = [];
        const crashed = await crashAfter(place, { thread, last, tasks });
        if (!crashed) {
          assert(last > 0, "`beforeStatement` was never called");
          return;
        }
        await inProcess(place, async (process) => {
          const saver = await process.take(thread);
          const isBegun = (await saver.getTuple(inThread(thread))) !== undefined;
          const graph = fanOut(saver, { width: 2, during: (task) => void tasks.push(task) });
          await graph.invoke(isBegun ? null : entry("in"), inThread(thread));
          assert.deepEqual(await storedList(process, thread), fanOutValues(2), `after statement ${last}`);
          await assertOneLine(process, thread);
        });
        assert(Math.max(...count(tasks)) <= 2, `a task ran more than twice after statement ${last}`);
      }
    },
  },
];

/** Runs the chain until a node fails, by a clock that is wrong. */
async function failIn(place: CheckpointerPlace, failing: string, skewMs: number): Promise<void> {
  await inProcess(place, async (process) => {
    const graph = chain(await process.take("t1"), {
      during(node) {
        if (node === failing) throw new Error("Not yet.");
      },
    });
    await atSkew(skewMs, async () => {
      await assert.rejects(graph.invoke(entry("in"), inThread("t1")), { message: "Not yet." });
    });
  });
}

async function pause(): Promise<void> {
  await delay(2);
}

type Taken = Awaited<ReturnType<Awaited<ReturnType<CheckpointerPlace["start"]>>["take"]>>;

/** Lets two processes take the thread and go on with it at the same time. */
async function atOnce(place: CheckpointerPlace, work: (saver: Taken, index: number) => Promise<unknown>) {
  const processes = [await place.start(), await place.start()];
  const savers: Taken[] = [];
  for (const process of processes) savers.push(await process.take("t1"));
  const outcomes = await Promise.allSettled(savers.map(async (saver, index) => await work(saver, index)));
  await Promise.all(processes.map(async (process) => await process.stop()));
  return outcomes;
}

interface CrashOrder {
  readonly thread: string;
  readonly last: number;
  readonly tasks: string[];
}

/** Runs the fan-out in a process that sends so many statements and then none. False when it needed no more. */
async function crashAfter(place: CheckpointerPlace, { thread, last, tasks }: CrashOrder): Promise<boolean> {
  let sent = 0;
  let armed = false;
  let crashed = false;
  const process = await place.start(() => {
    if (!armed) return;
    if (sent >= last) {
      crashed = true;
      throw new Error("The process is gone.");
    }
    sent += 1;
  });
  const graph = fanOut(await process.take(thread), { width: 2, during: (task) => void tasks.push(task) });
  armed = true;
  await graph.invoke(entry("in"), inThread(thread)).catch((error: unknown) => {
    if (!crashed) throw error;
  });
  await process.stop();
  return crashed;
}

function count(tasks: readonly string[]): readonly number[] {
  return [0, ...Object.values(Object.groupBy(tasks, (task) => task)).map((same) => same?.length ?? 0)];
}
