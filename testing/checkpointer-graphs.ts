import assert from "node:assert/strict";

import { DeltaValue, END, interrupt, ReducedValue, Send, START, StateGraph, StateSchema } from "@langchain/langgraph";
import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";
import { z } from "zod";

import type { CheckpointerProcess } from "./checkpointer-place.ts";

const append = (before: string[], more: string[][]): string[] => [...before, ...more.flat()];

const Log = new StateSchema({
  last: z.string().default(""),
  plain: new ReducedValue(z.array(z.string()).default([]), { reducer: (before, more) => before.concat(more) }),
  delta: new DeltaValue(z.array(z.string()).default([]), { reducer: append, snapshotFrequency: 4 }),
});

/** What a node adds to the three channels. */
export function entry(text: string) {
  return { last: text, ...lists(text) };
}

function lists(text: string) {
  return { plain: [text], delta: [text] };
}

/** The values of a thread in which these texts were added, in this order. */
export function valuesOf(texts: readonly string[]) {
  return { last: texts.at(-1), plain: texts, delta: texts };
}

export function inThread(thread: string) {
  return { configurable: { thread_id: thread }, durability: "sync" as const };
}

const CHAIN = ["a", "b", "c", "d", "e", "f"] as const;

export interface ChainHooks {
  /** Added to what the nodes write. */
  readonly mark?: string;
  /** Called in each node. */
  readonly during?: (node: string) => void | Promise<void>;
}

/** Six nodes, one after the other. */
export function chain(checkpointer: BaseCheckpointSaver, { mark = "", during }: ChainHooks = {}) {
  const nodes = CHAIN.map((name): [string, () => Promise<ReturnType<typeof entry>>] => [
    name,
    async () => {
      await during?.(name);
      return entry(`${name}${mark}`);
    },
  ]);
  return new StateGraph(Log).addSequence(nodes).addEdge(START, "a").addEdge("f", END).compile({ checkpointer });
}

/** What the six nodes leave, after the input and from one of them on. */
export function chainValues(mark = "", from: (typeof CHAIN)[number] = "a"): string[] {
  return CHAIN.slice(CHAIN.indexOf(from)).map((name) => `${name}${mark}`);
}

export interface FanOutHooks {
  /** @default 4 */
  readonly width?: number;
  /** Called in each parallel task. */
  readonly during?: (task: string) => void | Promise<void>;
}

/** Parallel tasks, of which the later ones end first, between two single nodes. */
export function fanOut(checkpointer: BaseCheckpointSaver, { width = WIDTH, during }: FanOutHooks = {}) {
  return new StateGraph(Log)
    .addNode("start", () => entry("start"))
    .addNode("task", async ({ last }) => {
      await new Promise((resolve) => setTimeout(resolve, 8 - 2 * Number(last)));
      await during?.(last);
      return lists(`task ${last}`);
    })
    .addNode("join", () => entry("join"))
    .addEdge(START, "start")
    .addConditionalEdges("start", () => tasks(width).map((last) => new Send("task", { last })), ["task"])
    .addEdge("task", "join")
    .addEdge("join", END)
    .compile({ checkpointer });
}

const WIDTH = 4;

function tasks(width: number): readonly string[] {
  return Array.from({ length: width }, (_, index) => String(index));
}

/** What the fan-out leaves, the input included. */
export function fanOutValues(width = WIDTH): readonly string[] {
  return ["in", "start", ...tasks(width).map((task) => `task ${task}`), "join"];
}

export const FAN_OUT = fanOutValues();

/** Asks, and then says what was answered. */
export function asking(checkpointer: BaseCheckpointSaver) {
  return new StateGraph(Log)
    .addNode("ask", () => entry(`answer ${String(interrupt("Which?"))}`))
    .addNode("act", async ({ last }) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return entry(`act on ${last}`);
    })
    .addEdge(START, "ask")
    .addEdge("ask", "act")
    .addEdge("act", END)
    .compile({ checkpointer });
}

/** What a process that starts later reads as the thread's state. */
export async function storedValues(process: CheckpointerProcess, thread: string): Promise<unknown> {
  return (await chain(await process.reader()).getState(inThread(thread))).values;
}

/** What a process that starts later reads as the list that is kept whole; the order of deltas has cases of its own. */
export async function storedList(process: CheckpointerProcess, thread: string): Promise<unknown> {
  return (await fanOut(await process.reader()).getState(inThread(thread))).values["plain"];
}

/** Fails when two checkpoints follow the same one. */
export async function assertOneLine(process: CheckpointerProcess, thread: string): Promise<void> {
  const children = new Map<string, number>();
  for await (const { parentConfig } of (await process.reader()).list(inThread(thread))) {
    const parent = String(parentConfig?.configurable?.["checkpoint_id"]);
    children.set(parent, (children.get(parent) ?? 0) + 1);
  }
  const forked = [...children].filter(([, count]) => count > 1);
  assert.deepEqual(forked, [], "the thread is forked at these checkpoints");
}
