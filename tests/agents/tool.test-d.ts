import { StateSchema } from "@langchain/langgraph";
import { agent, handoff, tool } from "batonjs";
import { z } from "zod";

// Every mistake below must stay a compile error: a row whose error goes away fails `tsc`.

const Desk = new StateSchema({ summary: z.string(), reply: z.string().default("") });
const input = z.object({ order: z.string(), euros: z.number().default(0) });
const said = { name: "pay", description: "Pays." } as const;

const pay = tool({
  ...said,
  input,
  output: z.object({ number: z.string() }),
  effect: "once",
  needsApproval: ({ euros }) => euros > 10,
  reconcile: async () => ({ outcome: "not_done" }),
  run: ({ order, euros }, { key }) => ({ number: `${order} ${euros.toFixed(2)} ${key}` }),
});

// What the model leaves out and the schema fills in is there when the tool runs.
tool({ ...said, input, effect: "read", run: ({ euros }) => euros satisfies number });

agent(Desk, { prompt: "desk", reads: ["summary"], writes: ["reply"], tools: [pay, handoff("billing")] });
agent(Desk, {
  prompt: "desk",
  reads: ["summary"],
  writes: ["reply"],
  tools: [handoff("billing", { update: ["reply"] })],
});

// @ts-expect-error: unknown effect
tool({ ...said, input, effect: "write", run: () => 1 });

// @ts-expect-error: no effect: what a crash does to it must be said
tool({ ...said, input, run: () => 1 });

// @ts-expect-error: no description: the model would not know when to use it
tool({ name: "pay", input, effect: "read", run: () => 1 });

// @ts-expect-error: the arguments are not a schema
tool({ ...said, input: { order: "string" }, effect: "read", run: () => 1 });

// @ts-expect-error: the arguments have no such field
tool({ ...said, input, effect: "read", run: ({ amount }) => amount });

// @ts-expect-error: a number is no text
tool({ ...said, input, effect: "read", run: ({ euros }) => euros.length });

// @ts-expect-error: the result does not fit `output`
tool({ ...said, input, output: z.object({ number: z.string() }), effect: "read", run: () => ({ number: 7 }) });

// @ts-expect-error: an approval is asked for by what the arguments are
tool({ ...said, input, effect: "once", needsApproval: ({ amount }) => amount > 10, run: () => 1 });

// @ts-expect-error: `reconcile` says done with a result, not_done, or unknown
tool({ ...said, input, effect: "once", reconcile: async () => ({ outcome: "perhaps" }), run: () => 1 });

// @ts-expect-error: a function is no tool
agent(Desk, { prompt: "desk", reads: ["summary"], writes: ["reply"], tools: [() => 1] });

// @ts-expect-error: a handoff fills in fields that the agent writes
agent(Desk, { prompt: "desk", reads: ["summary"], writes: ["reply"], tools: [handoff("b", { update: ["summary"] })] });
