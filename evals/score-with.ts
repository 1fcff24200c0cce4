import { BatonError } from "../core/errors.ts";
import type { Usage } from "../core/events.ts";
import type { JsonValue } from "../core/json.ts";
import { ModelError } from "../models/model-error.ts";
import type { CellOutcome, Spent } from "./cell.ts";
import type { JudgeAnswer, Score, ScorerTools, Trace } from "./scorer.ts";

/** What is scored, and with what. */
export interface Scoring {
  /** What the journal keeps as the answer. */
  readonly output: JsonValue;
  readonly trace: Pick<Trace, "ms" | "usage" | "modelCalls" | "costUsd">;
  readonly tools: Omit<ScorerTools, "signal">;
  readonly signal: AbortSignal;
}

/**
 * Asks all scorers and adds what their judges take to what the execution took, also where one of them fails. Throws only when the signal
 * aborted.
 */
export async function scoreWith<T extends { readonly scorer: { readonly name: string } }>(
  entries: readonly T[],
  score: (entry: T, tools: ScorerTools) => Score | Promise<Score>,
  { output, trace, tools, signal }: Scoring,
): Promise<CellOutcome> {
  const answers: JudgeAnswer[] = [];
  const used = { ...tools, ...countedJudge(tools, answers), signal };
  const asked = await Promise.allSettled(
    entries.map(async (entry) => [entry.scorer.name, await score(entry, used)] as const),
  );
  signal.throwIfAborted();
  const spent = spentOf(trace, answers);
  const failed = asked.find((one) => one.status === "rejected");
  if (failed !== undefined)
    return isAnswer(failed.reason) ? defect(failed.reason, spent) : failureOf(failed.reason, spent);
  const scores = Object.fromEntries(asked.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])));
  return { outcome: "scored", scores, output: toPlain(output), spent };
}

/** What an execution that failed came to: an answer that is wrong, or no score. */
export function failureOf(error: unknown, spent: Spent): CellOutcome {
  if (isAnswer(error)) return { outcome: "wrong", error: messageOf(error), spent };
  if (!ModelError.is(error)) return defect(error, spent);
  const refused = error.status === 401 || error.status === 403;
  return { outcome: "infrastructure", error: messageOf(error), ...(refused ? { refused } : {}), spent };
}

export function spentOf(
  { ms, usage, modelCalls, costUsd }: Scoring["trace"],
  judged: readonly JudgeAnswer[] = [],
): Spent {
  const costs = [costUsd, ...judged.map((answer) => answer.costUsd)].flatMap((cost) => cost ?? []);
  const sum = (pick: (usage: Usage) => number): number =>
    judged.reduce((total, answer) => total + pick(answer.usage), pick(usage));
  return {
    ms,
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    modelCalls: judged.reduce((total, answer) => total + answer.modelCalls, modelCalls),
    // One call of unknown cost makes the whole unknown.
    ...(costs.length === judged.length + 1 ? { costUsd: costs.reduce((total, cost) => total + cost, 0) } : {}),
  };
}

/** Of what was never begun. */
export const NO_TRACE: Scoring["trace"] = {
  ms: 0,
  usage: { inputTokens: 0, outputTokens: 0 },
  modelCalls: 0,
  costUsd: 0,
};

/** Codes by which a target says that its own answer is unusable. */
const ANSWERS: ReadonlySet<string> = new Set([
  "model-output-invalid",
  "model-truncated",
  "model-refused",
  "state-write-forbidden",
  "recursion-limit",
]);

function isAnswer(error: unknown): boolean {
  return BatonError.is(error) && ANSWERS.has(error.code);
}

function defect(error: unknown, spent: Spent): CellOutcome {
  return { outcome: "defect", error: messageOf(error), spent };
}

function countedJudge({ judge }: Scoring["tools"], answers: JudgeAnswer[]): Pick<ScorerTools, "judge"> {
  if (judge === undefined) return {};
  return {
    async judge(prompt, input) {
      const answer = await judge(prompt, input);
      answers.push(answer);
      return answer;
    },
  };
}

/** The journal holds plain JSON, without the read-only types of ours. */
function toPlain(output: JsonValue): Extract<CellOutcome, { readonly outcome: "scored" }>["output"] {
  return JSON.parse(JSON.stringify(output)) as Extract<CellOutcome, { readonly outcome: "scored" }>["output"];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
