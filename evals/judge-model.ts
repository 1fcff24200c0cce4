import type { Embed } from "../core/embed.ts";
import { isJsonObject, type JsonValue } from "../core/json.ts";
import type { Model } from "../models/model.ts";
import type { PromptLibrary } from "../prompts/library.ts";
import { promptTarget } from "./prompt-target.ts";
import type { Scorer, ScorerTools } from "./scorer.ts";
import { withoutEmbed } from "./scorers/embedding.ts";
import type { Suite } from "./suite.ts";

/** What scorers are judged with, beside the answers. */
export interface JudgeSources {
  /** Has the prompts of the judges. */
  readonly library: PromptLibrary;
  readonly model: Model;
  /** @default none: the scorer `embedding` is refused */
  readonly embed?: Embed | undefined;
}

/** Asks judges on a model, with the prompts of one library, and makes vectors. */
export function judgeTools({ model, library, embed }: JudgeSources, signal: AbortSignal): Omit<ScorerTools, "signal"> {
  return {
    async judge(prompt, input) {
      const { output, trace } = await promptTarget(library.pin(prompt), model).run({ input }, signal);
      const { usage, costUsd } = trace;
      return { answer: isJsonObject(output) ? output : {}, usage, ...(costUsd === undefined ? {} : { costUsd }) };
    },
    ...(embed === undefined ? {} : { embed: async (texts) => await embed.embed(texts, { signal }) }),
  };
}

/** The prompts that the scorers of a suite ask, each once. */
export function judgePrompts({ scorers }: Suite): readonly string[] {
  return [...new Set(scorers.flatMap(({ scorer }) => promptOf(scorer) ?? []))];
}

/**
 * The suite with the closures of its judges' prompts, and the model that makes its vectors, in the identity of its scorers: a changed judge is
 * another judge. Throws `suite-invalid` where nothing makes vectors that a scorer needs.
 */
export function withJudges(suite: Suite, { library, model, embed }: JudgeSources): Suite {
  return {
    ...suite,
    scorers: suite.scorers.map(({ scorer, gates }) => {
      const prompt = promptOf(scorer);
      if (prompt !== undefined) {
        const judged = { options: scorer.identity, closure: library.pin(prompt).closure, model: model.ref };
        return { scorer: { ...scorer, identity: judged }, gates };
      }
      if (optionOf(scorer, "scorer") !== "embedding") return { scorer, gates };
      if (embed === undefined) throw withoutEmbed();
      return { scorer: { ...scorer, identity: { options: scorer.identity, embed: embed.ref } }, gates };
    }),
  };
}

const JUDGES: readonly unknown[] = ["judge", "pairwise"];

function promptOf(scorer: Scorer): string | undefined {
  const prompt = JUDGES.includes(optionOf(scorer, "scorer")) ? optionOf(scorer, "prompt") : undefined;
  return typeof prompt === "string" ? prompt : undefined;
}

/** Also of a scorer whose identity `withJudges` completed. */
function optionOf({ identity }: Scorer, name: string): JsonValue | undefined {
  if (!isJsonObject(identity)) return undefined;
  const { options } = identity;
  return (isJsonObject(options) ? options : identity)[name];
}
