import { node } from "batonjs";

import { renderBrief } from "../brief.ts";
import { Research } from "../state.ts";

/** Sets the checked sentences and their sources as one Markdown document. */
export const editor = node(
  Research,
  {
    reads: ["question", "subQuestions", "reviews", "corpus", "skipped", "findings", "statements", "dropped", "changed"],
    writes: ["brief"],
  },
  (state, { model }) => ({ brief: renderBrief(state, model.ref) }),
);
