import { z } from "zod";

import { type JsonObject, type JsonValue, textOf } from "../../core/json.ts";
import { identityOf, type Score, type Scored, type Scorer } from "../scorer.ts";
import { suiteInvalid } from "../suite-error.ts";
import { askJudge, requestOf } from "./ask-judge.ts";
import { actualOf, Part } from "./part.ts";

/** A model judges the output by a criterion, with a prompt file that can be read, changed and evaluated like any other. */
export const Judge = Part.extend({
  /** What a good answer does, in one sentence. */
  criterion: z.string().min(1),
  /** The judge's prompt; it reads `criterion`, `request`, `answer` and perhaps `reference`. */
  prompt: z.string().default("baton/judge"),
});

export function judge(given: z.input<typeof Judge>): Scorer {
  const options = Judge.parse(given);
  return {
    name: `judge: ${options.criterion.slice(0, 40)}`,
    identity: identityOf("judge", options),
    async score(scored, tools) {
      const answer = await askJudge(tools, options.prompt, inputOf(options, scored));
      return scoreOf(options.prompt, answer);
    },
  };
}

function inputOf(options: z.output<typeof Judge>, scored: Scored): JsonObject {
  const { expected } = scored;
  return {
    criterion: options.criterion,
    request: requestOf(scored),
    answer: textOf(actualOf(scored, options)),
    ...(expected === undefined ? {} : { reference: textOf(expected) }),
  };
}

/** "unclear" is no score: the judge said that it cannot tell. */
function scoreOf(prompt: string, answer: JsonObject): Score {
  const { verdict, reason, score } = answer;
  const given: JsonValue | undefined = score;
  if (verdict === "unclear" || typeof given !== "number" || given < 0 || given > 1)
    throw suiteInvalid({
      message: `The judge \`${prompt}\` gave no score: ${textOf(reason ?? verdict ?? answer)}.`,
      hint: "Make the criterion clearer, or give the case an `expected`.",
    });
  return { score: given, ...(typeof reason === "string" && given < 1 ? { reason } : {}) };
}
