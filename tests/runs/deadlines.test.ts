import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { node, workflow } from "batonjs";
import { scripted } from "batonjs/testing";
import { expect, test } from "vitest";
import { z } from "zod";

import { openBaton, temporaryFolder } from "../support/baton.ts";

const Count = new StateSchema({ count: z.number().default(0) });

function oneNode(
  work: () => Promise<number>,
  limits: { readonly nodeTimeoutMs?: number; readonly timeoutMs?: number },
) {
  const only = node(Count, { reads: [], writes: ["count"] }, async () => ({ count: await work() }));
  const graph = new StateGraph(Count).addNode("only", only).addEdge(START, "only").addEdge("only", END);
  return workflow({ id: "one", graph, ...limits });
}

// The resume has to be done within the limit too: on two cores with a load of 11, thirty such runs took 57 to 586 ms, three of them over 300.
test.each([
  { limits: { nodeTimeoutMs: 1_000 }, code: "node-timed-out", words: "`only`" },
  { limits: { timeoutMs: 1_000 }, code: "run-timed-out", words: "workflow allows" },
])(
  "F22: a node that hangs past its limit fails the run with $code, and a resume gives it the time again",
  async ({ limits, code, words }) => {
    let hangs = true;
    const flow = oneNode(async () => (hangs ? await new Promise<never>(() => undefined) : 1), limits);
    const baton = await openBaton({ workflows: [flow], model: scripted([]) });
    const { id, result } = await baton.start("one", {});

    expect(await result()).toMatchObject({
      status: "failed",
      error: { code, message: expect.stringContaining(words) },
    });

    hangs = false;
    expect(await (await baton.resume(id)).result()).toMatchObject({ status: "completed", state: { count: 1 } });
  },
);

test("F05: a node that keeps the event loop busy for longer than the lease keeps its run", async () => {
  const folder = await temporaryFolder();
  const leaseMs = 1_500;
  let leftMs = 0;
  const flow = oneNode(async () => {
    for (const until = performance.now() + 2 * leaseMs; performance.now() < until;);
    const file = new DatabaseSync(join(folder, ".baton/baton.db"), { readOnly: true });
    leftMs = Number(file.prepare("select lease_until from runs").get()?.["lease_until"]) - Date.now();
    file.close();
    return 1;
  }, {});
  const baton = await openBaton({ workflows: [flow], model: scripted([]), folder, leaseMs });

  const { id, result } = await baton.start("one", {});

  expect(await result()).toMatchObject({ status: "completed" });
  expect(leftMs).toBeGreaterThan(0);
  expect(await baton.run(id)).toMatchObject({ epoch: 1, crashes: 0 });
});
