import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, handoff, tool, workflow } from "batonjs";
import { z } from "zod";

import { refunds } from "./refunds.ts";

export const Ticket = new StateSchema({
  question: z.string(),
  /** What the first agent understood, for the one it hands over to. */
  summary: z.string().default(""),
  answer: z.string().default(""),
});

/** Money leaves the house once or not at all: the call is noted before it begins, and a person says yes to exactly this sum. */
const refund = tool({
  name: "refund",
  description: "Pays an order back to the customer. Returns the number of the payment.",
  input: z.object({ order: z.string(), euros: z.number().positive().max(500) }),
  effect: "once",
  needsApproval: ({ euros }) => euros > 20,
  reconcile: async (key) => refunds.outcome(key),
  run: async (input, { key }) => refunds.pay(input, key),
});

/** What was said before in this session is recalled, and each answer is remembered: `baton run --session` tells sessions apart. */
const memory = { layers: ["session"], remember: "session" } as const;

const triage = agent(Ticket, {
  prompt: "support-desk/triage",
  reads: ["question"],
  writes: ["summary", "answer"],
  memory: { layers: ["session"] },
  tools: [
    handoff("billing", { description: "For invoices, payments and refunds.", update: ["summary"] }),
    handoff("technical", { description: "For everything that does not work.", update: ["summary"] }),
  ],
});
const billing = agent(Ticket, {
  prompt: "support-desk/billing",
  reads: ["question", "summary"],
  writes: ["answer"],
  memory,
  tools: [refund],
});
const technical = agent(Ticket, {
  prompt: "support-desk/technical",
  reads: ["question", "summary"],
  writes: ["answer"],
  memory,
});

const graph = new StateGraph(Ticket)
  // No edge leads on from here: either it answers itself, or a handoff says where to go.
  .addNode("triage", triage, { ends: ["billing", "technical"] })
  .addNode("billing", billing)
  .addNode("technical", technical)
  .addEdge(START, "triage")
  .addEdge("billing", END)
  .addEdge("technical", END);

export const supportDesk = workflow({
  id: "support-desk",
  graph,
  description: "Answers a customer; refunds need a yes.",
});
