import { END, START, StateGraph } from "@langchain/langgraph";
import { agent, handoff, tool, workflow } from "batonjs";
import { z } from "zod";

import { handbook } from "./handbook.ts";
import { refunds } from "./refunds.ts";
import { Ticket } from "./ticket.ts";

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

/**
 * Of three layers: the records that the state holds, what was said in this session (`baton run --session` tells sessions apart), and the handbook.
 * Each answer is remembered in the session.
 */
const memory = {
  layers: ["context", "session", "vector"],
  query: ({ question }: { readonly question: string }) => question,
  budgetTokens: 600,
  remember: "session",
} as const;

const triage = agent(Ticket, {
  prompt: "support-desk/triage",
  reads: ["question"],
  writes: ["summary", "answer"],
  memory: { layers: ["session", "vector"], query: ({ question }) => question },
  tools: [
    handoff("billing", { description: "For invoices, payments and refunds.", update: ["summary"] }),
    handoff("technical", { description: "For everything that does not work.", update: ["summary"] }),
  ],
});
const billing = agent(Ticket, {
  prompt: "support-desk/billing",
  reads: ["question", "summary", "records"],
  writes: ["answer"],
  memory,
  tools: [refund],
});
const technical = agent(Ticket, {
  prompt: "support-desk/technical",
  reads: ["question", "summary", "records"],
  writes: ["answer"],
  memory,
});

const graph = new StateGraph(Ticket)
  .addNode("handbook", handbook)
  // No edge leads on from here: either it answers itself, or a handoff says where to go.
  .addNode("triage", triage, { ends: ["billing", "technical"] })
  .addNode("billing", billing)
  .addNode("technical", technical)
  .addEdge(START, "handbook")
  .addEdge("handbook", "triage")
  .addEdge("billing", END)
  .addEdge("technical", END);

export const supportDesk = workflow({
  id: "support-desk",
  graph,
  description: "Answers a customer; refunds need a yes.",
});
