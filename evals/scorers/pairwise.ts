import { z } from "zod";

import { type JsonObject, textOf } from "../../core/json.ts";
import { identityOf, type Scorer } from "../scorer.ts";
import { suiteInvalid } from "../suite-error.ts";
import { askJudge, requestOf } from "./ask-judge.ts";
import { actualOf, expectedOf, Part } from "./part.ts";

/** A model says whether the output or the case's `expected` is the better answer; it is asked twice, with the two in either order. */
export const Pairwise = Part.extend({
  /** What makes an answer better, in one sentence. */
  criterion: z.string().min(1),
  /** The judge's prompt; it reads `criterion`, `request`, `first` and `second`, and answers `better`. */
  prompt: z.string().default("baton/judge-pair"),
});

/** 1 = better than the reference in both orders, 0.5 = as good or undecided, 0 = worse in both. */
export function pairwise(given: z.input<typeof Pairwise>): Scorer {
  const options = Pairwise.parse(given);
  return {
    name: `pairwise: ${options.criterion.slice(0, 40)}`,
    identity: identityOf("pairwise", options),
    async score(scored, tools) {
      const output = textOf(actualOf(scored, options));
      const reference = textOf(expectedOf(scored, options));
      const question = { criterion: options.criterion, request: requestOf(scored) };
      const ask = async (first: string, second: string): Promise<JsonObject> =>
        await askJudge(tools, options.prompt, { ...question, first, second });
      const [ahead, behind] = await Promise.all([ask(output, reference), ask(reference, output)]);
      const score = (shareOf(ahead, "first", options.prompt) + shareOf(behind, "second", options.prompt)) / 2;
      const reason = [ahead, behind].find((answer) => answer["better"] !== "equal")?.["reason"];
      return { score, ...(score < 1 && typeof reason === "string" ? { reason } : {}) };
    },
  };
}

/** What one order is worth to the output, which stands at `place`. */
function shareOf({ better }: JsonObject, place: "first" | "second", prompt: string): number {
  if (better === "equal") return 0.5;
  if (better === "first" || better === "second") return better === place ? 1 : 0;
  throw suiteInvalid({
    message: `The judge \`${prompt}\` did not say which answer is better: ${textOf(better ?? null)}.`,
    hint: "Its output needs a field `better`: first, second or equal.",
  });
}
