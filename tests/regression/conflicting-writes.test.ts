import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { node, offline, workflow } from "batonjs";
import { expect, test } from "vitest";
import { z } from "zod";

import { openBaton } from "../support/baton.ts";

const Pair = new StateSchema({ word: z.string(), answer: z.string().default("") });
const one = node(Pair, { reads: ["word"], writes: ["answer"] }, ({ word }) => ({ answer: `${word} 1` }));
const two = node(Pair, { reads: ["word"], writes: ["answer"] }, ({ word }) => ({ answer: `${word} 2` }));
const graph = new StateGraph(Pair)
  .addNode("one", one)
  .addNode("two", two)
  .addEdge(START, "one")
  .addEdge(START, "two")
  .addEdge("one", END)
  .addEdge("two", END);

test("two nodes that write one plain field in one step fail their run, which stays listed and says why", async () => {
  const baton = await openBaton({ workflows: [workflow({ id: "pair", graph })], model: offline() });
  const handle = await baton.start("pair", { word: "tea" });
  const outcome = await handle.result();
  expect(outcome).toMatchObject({ status: "failed", error: { name: "InvalidUpdateError" } });
  expect(await baton.run(handle.id)).toMatchObject({ status: "failed" });
});
