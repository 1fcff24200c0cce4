import { z } from "zod";

import { type JsonObject, textOf } from "../../core/json.ts";
import { identityOf, type PairScorer, type Score, type Scored, type Scorer, type ScorerTools } from "../scorer.ts";
import { suiteInvalid } from "../suite-error.ts";
import { askJudge, requestOf } from "./ask-judge.ts";
import { actualOf, expectedOf, Part } from "./part.ts";

/** A model says which of two answers is the better one; it is asked twice, with the two in either order. */
export const Pairwise = Part.extend({
  /** What makes an answer better, in one sentence. */
  criterion: z.string().min(1),
  /** The judge's prompt; it reads `criterion`, `request`, `first` and `second`, and answers `better`. */
  prompt: z.string().default("baton/judge-pair"),
  /** What the output is compared with: the case's `expected`, or what the earlier version answered. */
  against: z.enum(["expected", "baseline"]).default("expected"),
});
type Options = z.output<typeof Pairwise>;

/** 1 = better than the other answer in both orders, 0.5 = as good or undecided, 0 = worse in both. */
export function pairwise(given: z.input<typeof Pairwise>): Scorer | PairScorer {
  const options = Pairwise.parse(given);
  const about = {
    name: `pairwise: ${options.criterion.slice(0, 40)}`,
    identity: identityOf("pairwise", options),
  };
  if (options.against === "expected") {
    return {
      ...about,
      async score(scored, tools) {
        const output = textOf(actualOf(scored, options));
        return await preferred({ scored, output, other: textOf(expectedOf(scored, options)) }, options, tools);
      },
    };
  }
  return {
    ...about,
    async compare({ before, after, ...scored }, tools) {
      const [output, other] = [after, before].map((answer) => textOf(actualOf({ ...scored, output: answer }, options)));
      // No judge is needed to say that equal answers are equally good.
      if (output === undefined || other === undefined || output === other) return { score: 0.5 };
      return await preferred({ scored, output, other }, options, tools);
    },
  };
}

interface Question {
  readonly scored: Pick<Scored, "input">;
  readonly output: string;
  readonly other: string;
}

async function preferred(
  { scored, output, other }: Question,
  { criterion, prompt }: Options,
  tools: ScorerTools | undefined,
): Promise<Score> {
  const question = { criterion, request: requestOf(scored) };
  const ask = async (first: string, second: string): Promise<JsonObject> =>
    await askJudge(tools, prompt, { ...question, first, second });
  const [ahead, behind] = await Promise.all([ask(output, other), ask(other, output)]);
  const score = (shareOf(ahead, "first", prompt) + shareOf(behind, "second", prompt)) / 2;
  const reason = [ahead, behind].find((answer) => answer["better"] !== "equal")?.["reason"];
  return { score, ...(score < 1 && typeof reason === "string" ? { reason } : {}) };
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
