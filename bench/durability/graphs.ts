import { randomBytes } from "node:crypto";

import { END, ReducedValue, START, StateGraph, StateSchema } from "@langchain/langgraph";
import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";
import { z } from "zod";

/** Text that no compression makes smaller. */
export function noise(bytes: number): string {
  return randomBytes(Math.ceil((bytes * 3) / 4))
    .toString("base64")
    .slice(0, bytes);
}

const Page = new StateSchema({ step: z.number().default(0), page: z.string().default("") });

/** Twenty steps, each of which replaces one kilobyte of state. */
export async function twentySteps(saver: BaseCheckpointSaver, thread: string): Promise<void> {
  const graph = new StateGraph(Page)
    .addNode("work", ({ step }) => ({ step: step + 1, page: noise(1_024) }))
    .addEdge(START, "work")
    .addConditionalEdges("work", ({ step }) => (step < 20 ? "work" : END), ["work", END])
    .compile({ checkpointer: saver });
  const end = await graph.invoke({ step: 0 }, config(thread));
  if (end.step !== 20) throw new Error("The run did not come to its end.");
}

const Chat = new StateSchema({
  messages: new ReducedValue(z.array(z.string()).default([]), { reducer: (known, added) => known.concat(added) }),
});

/** One message of 500 bytes per step; what each step took, in milliseconds. */
export async function longChat(saver: BaseCheckpointSaver, thread: string, messages: number): Promise<number[]> {
  const times: number[] = [];
  let before = performance.now();
  const graph = new StateGraph(Chat)
    .addNode("say", () => {
      const now = performance.now();
      times.push(now - before);
      before = now;
      return { messages: [noise(500)] };
    })
    .addEdge(START, "say")
    .addConditionalEdges("say", (state) => (state.messages.length < messages ? "say" : END), ["say", END])
    .compile({ checkpointer: saver });
  await graph.invoke({ messages: [] }, { ...config(thread), recursionLimit: messages + 10 });
  return times;
}

const Heavy = new StateSchema({ book: z.string().default(""), step: z.number().default(0) });

/** A field of one megabyte that never changes, and `steps` steps beside it. */
export async function heavyField(saver: BaseCheckpointSaver, thread: string, steps: number): Promise<void> {
  const graph = new StateGraph(Heavy)
    .addNode("work", ({ step }) => ({ step: step + 1 }))
    .addEdge(START, "work")
    .addConditionalEdges("work", ({ step }) => (step < steps ? "work" : END), ["work", END])
    .compile({ checkpointer: saver });
  await graph.invoke({ book: noise(1_048_576), step: 0 }, { ...config(thread), recursionLimit: steps + 10 });
}

export function config(thread: string) {
  return { configurable: { thread_id: thread, checkpoint_ns: "" }, durability: "sync" as const, recursionLimit: 100 };
}
