import { DeltaValue, END, interrupt, ReducedValue, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { type Baton, node, type Workflow, workflow } from "batonjs";
import { scripted } from "batonjs/testing";
import { describe, expect, it, test } from "vitest";
import { z } from "zod";

import { openBaton, temporaryFolder } from "../support/baton.ts";

const Walk = new StateSchema({
  name: z.string(),
  pace: z.number().default(1),
  done: z.boolean().default(false),
  path: new ReducedValue(z.array(z.string()).default([]), { reducer: (known, added) => known.concat(added) }),
  // Stored as its changes; whole only every third time.
  diary: new DeltaValue(z.array(z.string()).default([]), {
    reducer: (known, added) => known.concat(...added),
    snapshotFrequency: 3,
  }),
});

const STEPS = 8;

/** Eight steps in a circle of one node; the sixth fails or asks when it is told to. */
function walk(trouble: { sixth?: "fail" | "ask" } = {}): Workflow {
  const step = node(
    Walk,
    { reads: ["name", "pace", "path"], writes: ["path", "diary", "done"] },
    async ({ name, pace, path }) => {
      const at = path.length + 1;
      if (at === 6 && trouble.sixth === "fail") throw new Error("A fallen tree.");
      const said = at === 6 && trouble.sixth === "ask" ? String(interrupt("Climb it?")) : "";
      const place = `${name}${at * pace}${said}`;
      return { path: [place], diary: [`saw ${place}`], done: at >= STEPS };
    },
  );
  const graph = new StateGraph(Walk)
    .addNode("step", step)
    .addEdge(START, "step")
    .addConditionalEdges("step", ({ done }) => (done ? END : "step"), ["step", END]);
  return workflow({ id: "walk", graph });
}

const open = async (trouble = {}, folder?: string) =>
  openBaton({ workflows: [walk(trouble)], model: scripted([]), ...(folder === undefined ? {} : { folder }) });

async function walked(baton: Baton, runId = "w"): Promise<void> {
  await (await baton.start("walk", { name: "a" }, { runId })).result();
}

/** The state of a run at each of its checkpoints, as LangGraph reads it back from the store. */
async function history(baton: Baton, thread: string): Promise<readonly (readonly unknown[])[]> {
  const saver = await baton.store.reader();
  // The compiled graph's type has ten parameters; only this one method is asked.
  const graph = walk().graph.compile({ checkpointer: saver }) as unknown as {
    getStateHistory(config: object): AsyncIterable<{ values: unknown; metadata: { step: number }; next: unknown }>;
  };
  const states: unknown[][] = [];
  for await (const { values, metadata, next } of graph.getStateHistory({ configurable: { thread_id: thread } })) {
    states.push([metadata.step, values, next]);
  }
  return states;
}

const walkOf = (from: number, to: number, place: (at: number) => string) =>
  Array.from({ length: to - from + 1 }, (_, index) => place(from + index));

describe("a fork", () => {
  test.each([1, 2, 4, 5, STEPS])(
    "from before step %i runs the rest with other values, and leaves the first run as it is",
    async (step) => {
      const baton = await open();
      await walked(baton);
      const before = await history(baton, "w");
      const fork = await baton.fork("w", { step, set: { name: "b" }, by: "ada", reason: "what if", runId: "f" });
      const path = [...walkOf(1, step - 1, (at) => `a${at}`), ...walkOf(step, STEPS, (at) => `b${at}`)];

      expect(await fork.result()).toMatchObject({
        runId: "f",
        status: "completed",
        state: { name: "b", path, diary: path.map((place) => `saw ${place}`) },
      });

      expect(await history(baton, "w")).toEqual(before);
      const run = await baton.run("f");
      expect(run).toMatchObject({ thread: "f", session: "w", input: { name: "a" }, workflow: "walk" });
      const { fork: origin, ...pins } = run.pins;
      expect([pins, origin?.run]).toEqual([(await baton.run("w")).pins, "w"]);
      expect((await baton.events(run.id))[0]).toMatchObject({
        type: "run_forked",
        from: "w",
        step,
        set: { name: "b" },
        by: "ada",
        reason: "what if",
      });
    },
  );

  it("and the run it came from read their own values for ever, whichever goes on first", async () => {
    const folder = await temporaryFolder();
    const broken = await open({ sixth: "fail" }, folder);
    await walked(broken);
    const fork = await broken.fork("w", { step: 4, set: { name: "b", pace: 10 }, runId: "f" });
    expect(await fork.result()).toMatchObject({ status: "failed" });
    const mended = await open({}, folder);
    const inFork = ["a1", "a2", "a3", "b40", "b50", "b60", "b70", "b80"];

    expect(await (await mended.resume("f")).result()).toMatchObject({ state: { path: inFork } });
    expect(await (await mended.resume("w")).result()).toMatchObject({
      state: { path: walkOf(1, STEPS, (at) => `a${at}`) },
    });

    const reader = await open({}, folder);
    expect([await history(reader, "f"), await history(reader, "w")].map(([head]) => head?.slice(0, 2))).toMatchObject([
      [STEPS, { path: inFork, diary: inFork.map((place) => `saw ${place}`) }],
      [STEPS, { path: walkOf(1, STEPS, (at) => `a${at}`) }],
    ]);
  });

  it("sets fields as they are held, past their reducers", async () => {
    const baton = await open();
    await walked(baton);
    const fork = await baton.fork("w", { step: 7, set: { path: ["x", "y"], diary: ["only this"] } });
    const rest = walkOf(3, STEPS, (at) => `a${at}`);
    expect(await fork.result()).toMatchObject({
      state: { path: ["x", "y", ...rest], diary: ["only this", ...rest.map((place) => `saw ${place}`)] },
    });
  });

  it("of a failed run begins again with the step that failed", async () => {
    const folder = await temporaryFolder();
    await walked(await open({ sixth: "fail" }, folder));
    const baton = await open({}, folder);
    const outcome = await (await baton.fork("w", { step: 6 })).result();
    expect(outcome).toMatchObject({ status: "completed", state: { path: walkOf(1, STEPS, (at) => `a${at}`) } });
    expect(outcome.steps.map(({ step }) => step)).toEqual([6, 7, 8]);
    expect(await baton.run("w")).toMatchObject({ status: "failed" });
  });

  it("of a run that waits for a person asks its own question, and the answers do not mix", async () => {
    const baton = await open({ sixth: "ask" });
    await walked(baton);
    const fork = await baton.fork("w", { step: 6, set: { name: "b" }, runId: "f" });
    expect(await fork.result()).toMatchObject({ status: "interrupted" });
    const [first, second] = [await baton.resume("w", { answer: "!" }), await baton.resume("f", { answer: "?" })];
    expect([(await first.result()).state["path"], (await second.result()).state["path"]]).toEqual([
      ["a1", "a2", "a3", "a4", "a5", "a6!", "a7", "a8"],
      ["a1", "a2", "a3", "a4", "a5", "b6?", "b7", "b8"],
    ]);
  });

  it("of a fork begins no earlier than that did", async () => {
    const baton = await open();
    await walked(baton);
    await (await baton.fork("w", { step: 4, set: { name: "b" }, runId: "f" })).result();
    const again = await (await baton.fork("f", { step: 4, set: { name: "c" }, runId: "g" })).result();
    expect(again.state["path"]).toEqual(["a1", "a2", "a3", ...walkOf(4, STEPS, (at) => `c${at}`)]);
    await expect(baton.fork("f", { step: 3 })).rejects.toMatchObject({
      code: "step-out-of-range",
      hint: "Steps to choose from: 4 to 8.",
    });
  });

  it("of a later turn on a thread begins within that turn", async () => {
    const baton = await open();
    await (await baton.start("walk", { name: "a" }, { runId: "one", thread: "t" })).result();
    await (await baton.start("walk", { name: "b" }, { runId: "two", thread: "t" })).result();
    await expect(baton.fork("two", { step: 5 })).rejects.toMatchObject({ hint: "Steps to choose from: 11." });
    const outcome = await (await baton.fork("two", { step: 11, set: { name: "c" } })).result();
    expect(outcome.state["path"]).toEqual([...walkOf(1, STEPS, (at) => `a${at}`), "c9"]);
  });

  it("can be left queued, and begins where it was told when it is resumed", async () => {
    const baton = await open();
    await walked(baton);
    const fork = await baton.fork("w", { step: 5, set: { name: "b" }, start: false, runId: "f" });
    expect(await fork.result()).toMatchObject({ status: "queued", steps: [] });
    expect(await (await baton.resume("f")).result()).toMatchObject({
      status: "completed",
      state: { path: ["a1", "a2", "a3", "a4", "b5", "b6", "b7", "b8"] },
    });
  });

  it("is refused from before a step that there is not, with those there are, and with values that do not fit", async () => {
    const baton = await open();
    await walked(baton);
    for (const step of [0, -1, 9, 1.5]) {
      await expect(baton.fork("w", { step })).rejects.toMatchObject({
        code: "step-out-of-range",
        exitCode: 64,
        message: `Run \`w\` has no checkpoint before step ${step}.`,
        hint: "Steps to choose from: 1 to 8.",
      });
    }
    const misfits: readonly [Record<string, unknown>, string][] = [
      [{ speed: 3 }, "The state of workflow `walk` has no field `speed`."],
      [{ pace: "fast" }, "The value for `pace` does not fit: "],
      // An update, where the state holds a list.
      [{ path: "a1" }, "The value for `path` does not fit: "],
    ];
    for (const [set, message] of misfits) {
      await expect(baton.fork("w", { step: 2, set })).rejects.toMatchObject({
        code: "input-invalid",
        message: expect.stringContaining(message),
      });
    }
    expect(await baton.runs()).toHaveLength(1);
  });

  it("names an unknown run", async () => {
    await expect((await open()).fork("nobody", { step: 1 })).rejects.toMatchObject({ code: "unknown-run" });
  });
});

describe("a fork under a changed workflow", () => {
  it("begins where only later nodes are different, and is refused where its first node is gone", async () => {
    const Two = new StateSchema({ text: z.string().default("") });
    const version = (last: string) => {
      const say = (name: string) =>
        node(Two, { reads: ["text"], writes: ["text"] }, async ({ text }) => ({ text: `${text}${name}` }));
      // The name of the last node is not known to the compiler.
      const graph = new StateGraph(Two).addNode("first", say("1")).addNode(last, say(last)) as unknown as {
        addEdge(from: string, to: string): void;
      };
      for (const [from, to] of [
        [START, "first"],
        ["first", last],
        [last, END],
      ] as const)
        graph.addEdge(from, to);
      return workflow({ id: "two", graph: graph as unknown as StateGraph<typeof Two> });
    };
    const folder = await temporaryFolder();
    const before = await openBaton({ workflows: [version("old")], model: scripted([]), folder });
    await (await before.start("two", {}, { runId: "r" })).result();
    const after = await openBaton({ workflows: [version("new")], model: scripted([]), folder });
    await expect(after.fork("r", { step: 2 })).rejects.toMatchObject({
      code: "workflow-changed",
      message: expect.stringContaining(
        "node `old`, which the run is about to execute, is gone; perhaps it is `new` now",
      ),
    });
    expect(await (await after.fork("r", { step: 1 })).result()).toMatchObject({
      status: "completed",
      state: { text: "1new" },
    });
  });
});
