import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { type Model, node, offline, workflow } from "batonjs";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { checksOf } from "../../cli/checks.ts";
import { openBaton } from "../support/baton.ts";

const Work = new StateSchema({ file: z.string(), size: z.number().default(0) });
const measure = node(Work, { reads: ["file"], writes: ["size"] }, ({ file }) => ({ size: file.length }));

function graph() {
  return new StateGraph(Work).addNode("measure", measure).addEdge(START, "measure");
}

describe("a graph that LangGraph does not compile", () => {
  // A plain program can name a node that the types would refuse.
  const gone: string = "gone";
  const broken = workflow({ id: "broken", graph: graph().addEdge("measure", gone as typeof END) });

  it("is refused before there is a run", async () => {
    const baton = await openBaton({ workflows: [broken], model: offline() });
    await expect(baton.start("broken", { file: "a" })).rejects.toMatchObject({
      code: "workflow-invalid",
      message: "The graph of workflow `broken` does not compile: Found edge ending at unknown node `gone`",
    });
    expect(await baton.runs()).toEqual([]);
  });

  it("is found by doctor", async () => {
    const baton = await openBaton({ workflows: [broken], model: offline() });
    const found = (await checksOf(baton)).filter(({ ok }) => !ok);
    expect(found).toMatchObject([{ name: "workflow", implementation: "broken", code: "workflow-invalid" }]);
  });
});

describe("a workflow that prepares its input", () => {
  const prepared = workflow({
    id: "prepared",
    graph: graph().addEdge("measure", END),
    prepareInput: ({ file }) => {
      if (file === "none") throw new Error("there is no file `none`.");
      return file === "odd" ? { file: 3 } : { file: `/abs/${JSON.stringify(file).slice(1, -1)}` };
    },
  });

  it("stores what came out of it, and takes a repeated start for the same run", async () => {
    const baton = await openBaton({ workflows: [prepared], model: offline() });
    const first = await (await baton.start("prepared", { file: "a" }, { runId: "r1" })).result();
    expect(first).toMatchObject({ status: "completed", state: { file: "/abs/a", size: 6 } });
    expect(await baton.run("r1")).toMatchObject({ input: { file: "/abs/a" } });
    expect(await (await baton.start("prepared", { file: "a" }, { runId: "r1" })).result()).toEqual(first);
  });

  it.each([
    ["what it refuses", "none", "Workflow `prepared` does not take this input: there is no file `none`."],
    ["what it turns into something that does not fit", "odd", "Input field `file` of workflow `prepared` does not fit"],
  ])("never starts on %s", async (_name, file, message) => {
    const baton = await openBaton({ workflows: [prepared], model: offline() });
    await expect(baton.start("prepared", { file })).rejects.toMatchObject({
      code: "input-invalid",
      message: expect.stringContaining(message),
    });
    expect(await baton.runs()).toEqual([]);
  });
});

describe("a model endpoint that hangs", () => {
  const hanging: Model = {
    ...offline(),
    ref: "hanging",
    probe: (signal) => new Promise((_done, failed) => signal?.addEventListener("abort", () => failed(signal.reason))),
  };

  it("is a service that is unavailable, not a defect of Baton", async () => {
    const baton = await openBaton({ workflows: [], model: hanging });
    const model = (await checksOf(baton, 50)).find(({ name }) => name === "model");
    expect(model).toMatchObject({
      ok: false,
      code: "model-unavailable",
      exitCode: 69,
      detail: "Model `hanging` did not answer within 0.05 s.",
    });
  });
});
