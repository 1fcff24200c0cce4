import { agent } from "batonjs";

import { Research } from "../state.ts";

/** Cuts the question into three to five sub-questions that the sources can answer. */
export const planner = agent(Research, { prompt: "planner", reads: ["question", "topics"], writes: ["subQuestions"] });
