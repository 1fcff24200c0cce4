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
      const done = await promptTarget(library.pin(prompt), model).run({ input }, signal);
      if ("error" in done) return { ...done.trace, error: done.error };
      return { ...done.trace, answer: isJsonObject(done.output) ? done.output : {} };
    },
    ...(embed === undefined ? {} : { embed: async (texts) => await embed.embed(texts, { signal }) }),
  };
}

/** The prompts that the scorers of a suite ask, each once. */
export function judgePrompts({ scorers, pairScorers }: Suite): readonly string[] {
  return [...new Set([...scorers, ...pairScorers].flatMap(({ scorer }) => promptOf(scorer) ?? []))];
}

/**
 * The suite with the closures of its judges' prompts, and the model that makes its vectors, in the identity of its scorers: a changed judge is
 * another judge. Throws `suite-invalid` where nothing makes vectors that a scorer needs.
 */
export function withJudges(suite: Suite, sources: JudgeSources): Suite {
  const complete = <T extends Judging>(entry: T): T => ({
    ...entry,
    scorer: { ...entry.scorer, identity: fullIdentity(entry.scorer, sources) },
  });
  return { ...suite, scorers: suite.scorers.map(complete), pairScorers: suite.pairScorers.map(complete) };
}

interface Judging {
  readonly scorer: Pick<Scorer, "identity">;
}

function fullIdentity(scorer: Judging["scorer"], { library, model, embed }: JudgeSources): JsonValue {
  const { identity } = scorer;
  const prompt = promptOf(scorer);
  if (prompt !== undefined) return { options: identity, closure: library.pin(prompt).closure, model: model.ref };
  if (optionOf(scorer, "scorer") !== "embedding") return identity;
  if (embed === undefined) throw withoutEmbed();
  return { options: identity, embed: embed.ref };
}

const JUDGES: readonly unknown[] = ["judge", "pairwise"];

function promptOf(scorer: Judging["scorer"]): string | undefined {
  const prompt = JUDGES.includes(optionOf(scorer, "scorer")) ? optionOf(scorer, "prompt") : undefined;
  return typeof prompt === "string" ? prompt : undefined;
}

/** Also of a scorer whose identity `withJudges` completed. */
function optionOf({ identity }: Judging["scorer"], name: string): JsonValue | undefined {
  if (!isJsonObject(identity)) return undefined;
  const { options } = identity;
  return (isJsonObject(options) ? options : identity)[name];
}
