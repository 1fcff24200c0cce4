import { agent } from "batonjs";

import { Research } from "../state.ts";

/** Notes what the sources say on one sub-question; several work side by side. */
export const researcher = agent(Research, {
  prompt: "researcher",
  reads: ["question", "subQuestion", "corpus"],
  writes: ["notes"],
  memory: {
    layers: ["vector"],
    query: ({ question, subQuestion }) =>
      subQuestion.includes(question) ? subQuestion : `${subQuestion}\n${question}`,
    namespace: ({ corpus }) => corpus.id,
    limit: 12,
  },
});
