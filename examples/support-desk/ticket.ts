import { StateSchema } from "@langchain/langgraph";
import { z } from "zod";

export const Ticket = new StateSchema({
  question: z.string(),
  /** What the shop knows of this customer, however long: agents see what fits the question. */
  records: z.array(z.string()).default([]),
  /** What the first agent understood, for the one it hands over to. */
  summary: z.string().default(""),
  answer: z.string().default(""),
});
