import { isJsonObject } from "../core/json.ts";
import type { Model } from "../models/model.ts";
import type { PromptLibrary } from "../prompts/library.ts";
import { promptTarget } from "./prompt-target.ts";
import type { ScorerTools } from "./scorer.ts";
import type { Suite } from "./suite.ts";

/** Asks judges on a model, with the prompts of one library. */
export function judgeOn(model: Model, library: PromptLibrary): NonNullable<ScorerTools["judge"]> {
  return async (prompt, input) => {
    const { output } = await promptTarget(library.pin(prompt), model).run({ input }, new AbortController().signal);
    return isJsonObject(output) ? output : {};
  };
}

/** The suite with the closures of its judges' prompts in their identity: a changed judge is another judge. */
export function withJudges(suite: Suite, library: PromptLibrary, model: Model): Suite {
  return {
    ...suite,
    scorers: suite.scorers.map(({ scorer, gates }) => {
      const prompt =
        isJsonObject(scorer.identity) && scorer.identity["scorer"] === "judge" ? scorer.identity["prompt"] : undefined;
      if (typeof prompt !== "string") return { scorer, gates };
      const judged = { options: scorer.identity, closure: library.pin(prompt).closure, model: model.ref };
      return { scorer: { ...scorer, identity: judged }, gates };
    }),
  };
}
