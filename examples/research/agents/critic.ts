import { agent } from "batonjs";

import { Research } from "../state.ts";

/** Says whether the draft answers the question and, if not, what is still to be found. */
export const critic = agent(Research, {
  prompt: "critic",
  reads: ["question", "subQuestions", "draft", "reviews"],
  writes: ["reviews"],
});
