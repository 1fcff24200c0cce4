import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { node, type Workflow, workflow } from "batonjs";
import { scripted } from "batonjs/testing";
import { describe, expect, it, test } from "vitest";
import { z } from "zod";

import { openBaton } from "../support/baton.ts";

const Tale = new StateSchema({
  hero: z.string(),
  first: z.string().default(""),
  second: z.string().default(""),
  third: z.string().default(""),
});

/** Three steps; the third fails for as long as it is told to, so that the run keeps its thread. */
function tale({ isStuck = () => false }: { isStuck?: () => boolean } = {}): Workflow {
  const tell = (part: "first" | "second" | "third") =>
    node(Tale, { reads: ["hero"], writes: [part] }, ({ hero }) => {
      if (part === "third" && isStuck()) throw new Error("The tale breaks off.");
      return { [part]: `${hero} ${part}` };
    });
  const graph = new StateGraph(Tale)
    .addNode("one", tell("first"))
    .addNode("two", tell("second"))
    .addNode("three", tell("third"))
    .addEdge(START, "one")
    .addEdge("one", "two")
    .addEdge("two", "three")
    .addEdge("three", END);
  return workflow({ id: "tale", graph, onHeldThread: "rollback" });
}

describe("a fork of a run that took back the first turn of its thread", () => {
  it("begins where it was told, with what the state held there", async () => {
    let isStuck = true;
    const baton = await openBaton({ workflows: [tale({ isStuck: () => isStuck })], model: scripted([]) });
    await (await baton.start("tale", { hero: "owl" }, { runId: "gone", thread: "t" })).result();
    isStuck = false;
    await (await baton.start("tale", { hero: "fox" }, { runId: "kept", thread: "t" })).result();
    expect(await baton.run("kept")).toMatchObject({ pins: { rollback: { run: "gone", checkpoint: null } } });

    const fork = await baton.fork("kept", { step: 3, set: { first: "set by hand" }, runId: "f" });

    expect(await fork.result()).toMatchObject({
      status: "completed",
      state: { hero: "fox", first: "set by hand", second: "fox second", third: "fox third" },
      steps: [{ step: 3, node: "three" }],
    });
    expect((await baton.run("f")).pins).not.toHaveProperty("rollback");
  });
});

describe("a fork under the id of a run that exists", () => {
  const open = async () => {
    const baton = await openBaton({ workflows: [tale()], model: scripted([]) });
    await (await baton.start("tale", { hero: "owl" }, { runId: "r" })).result();
    return baton;
  };

  it("is that run when it is the same fork, whoever asks again", async () => {
    const baton = await open();
    await (await baton.fork("r", { step: 2, set: { hero: "fox" }, runId: "f", by: "ada" })).result();
    const again = await baton.fork("r", { step: 2, set: { hero: "fox" }, runId: "f", by: "bob" });
    expect(await again.result()).toMatchObject({ runId: "f", status: "completed", state: { third: "fox third" } });
    expect(await baton.run("f")).toMatchObject({ epoch: 1, pins: { fork: { by: "ada" } } });
    expect(await baton.runs()).toHaveLength(2);
  });

  test.each<[string, { step: number; set?: Record<string, string> }]>([
    ["step", { step: 3, set: { hero: "fox" } }],
    ["value", { step: 2, set: { hero: "hen" } }],
    ["set of fields", { step: 2 }],
  ])("is refused when it is a fork with another %s", async (_title, other) => {
    const baton = await open();
    await (await baton.fork("r", { step: 2, set: { hero: "fox" }, runId: "f" })).result();
    await expect(baton.fork("r", { ...other, runId: "f" })).rejects.toMatchObject({
      code: "run-id-taken",
      message: "Run id `f` belongs to another fork of run `r`, from before step 2.",
    });
  });

  it("is refused when that run is the one that is forked, and no start returns a fork", async () => {
    const baton = await open();
    await expect(baton.fork("r", { step: 2, set: { hero: "hen" }, runId: "r" })).rejects.toMatchObject({
      code: "run-id-taken",
      message: "Run id `r` belongs to a run that is no fork.",
    });
    await (await baton.fork("r", { step: 2, set: { hero: "fox" }, runId: "f" })).result();
    await expect(baton.start("tale", { hero: "owl" }, { runId: "f" })).rejects.toMatchObject({
      code: "run-id-taken",
      message: "Run id `f` belongs to a fork of run `r`, from before step 2.",
    });
  });
});
