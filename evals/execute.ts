import { BatonError } from "../core/errors.ts";
import type { Usage } from "../core/events.ts";
import { ModelError } from "../models/model-error.ts";
import { withFetch } from "../models/scoped-fetch.ts";
import type { Case } from "./case.ts";
import type { Tape } from "./cassettes/cassette.ts";
import { type CellOutcome, NOTHING_SPENT, type Spent } from "./cell.ts";
import type { JudgeAnswer, ScorerTools, Trace } from "./scorer.ts";
import type { SuiteScorer } from "./suite.ts";
import type { Execution, OpenTarget } from "./target.ts";

export interface Execute {
  readonly target: OpenTarget;
  readonly case: Case;
  readonly scorers: readonly SuiteScorer[];
  readonly signal: AbortSignal;
  /** Asks judges and makes vectors, for the scorers that need it. */
  readonly tools?: Omit<ScorerTools, "signal">;
  /** Where the model calls are recorded or replayed. @default nowhere */
  readonly tape?: Tape;
}

/**
 * Runs a case once and scores it. What the target got wrong by itself counts as an answer; what the provider, a recording or a scorer did is no
 * score. Throws only when the signal aborted.
 */
export async function executeCell(call: Execute): Promise<CellOutcome> {
  const { tape } = call;
  const outcome = tape === undefined ? await runAndScore(call) : await withFetch(tape.wrap, () => runAndScore(call));
  const [miss] = tape?.misses ?? [];
  return miss === undefined ? outcome : { outcome: "infrastructure", error: miss, spent: outcome.spent };
}

async function runAndScore({ target, case: given, scorers, signal, tools = {} }: Execute): Promise<CellOutcome> {
  let execution: Execution;
  const begun = performance.now();
  try {
    execution = await target.run(given, signal);
  } catch (error) {
    signal.throwIfAborted();
    const spent = { ...NOTHING_SPENT, ms: performance.now() - begun };
    const message = messageOf(error);
    if (isWrongAnswer(error)) return { outcome: "wrong", error: message, spent };
    if (!ModelError.is(error)) return { outcome: "defect", error: message, spent };
    return { outcome: "infrastructure", error: message, ...(isRefusal(error) ? { refused: true } : {}), spent };
  }
  const { output, trace } = execution;
  const judges = countedJudge(tools);
  try {
    const { input, expected, recalled } = given;
    const scored = { input, output, expected, trace, ...(recalled === undefined ? {} : { recalled }) };
    const used = { ...tools, ...judges.tools, signal };
    const scores = await Promise.all(
      scorers.map(async ({ scorer }) => [scorer.name, await scorer.score(scored, used)] as const),
    );
    const spent = spentOf(trace, judges.answers);
    return { outcome: "scored", scores: Object.fromEntries(scores), output: toPlain(output), spent };
  } catch (error) {
    signal.throwIfAborted();
    const spent = spentOf(trace, judges.answers);
    const message = messageOf(error);
    if (!ModelError.is(error)) return { outcome: "defect", error: message, spent };
    return { outcome: "infrastructure", error: message, ...(isRefusal(error) ? { refused: true } : {}), spent };
  }
}

/** What judges take is part of what an execution takes. */
function countedJudge({ judge }: Execute["tools"] & object): {
  readonly tools: Pick<ScorerTools, "judge">;
  readonly answers: readonly JudgeAnswer[];
} {
  const answers: JudgeAnswer[] = [];
  if (judge === undefined) return { tools: {}, answers };
  const counted: NonNullable<ScorerTools["judge"]> = async (prompt, input) => {
    const answer = await judge(prompt, input);
    answers.push(answer);
    return answer;
  };
  return { tools: { judge: counted }, answers };
}

/** Codes by which a target says that its own answer is unusable. */
const WRONG_ANSWERS: ReadonlySet<string> = new Set([
  "model-output-invalid",
  "model-truncated",
  "model-refused",
  "state-write-forbidden",
  "recursion-limit",
]);

function isWrongAnswer(error: unknown): boolean {
  return BatonError.is(error) && WRONG_ANSWERS.has(error.code);
}

function isRefusal(error: unknown): boolean {
  return ModelError.is(error) && (error.status === 401 || error.status === 403);
}

function spentOf({ ms, usage, modelCalls, costUsd }: Trace, judged: readonly JudgeAnswer[]): Spent {
  const costs = [costUsd, ...judged.map((answer) => answer.costUsd)].flatMap((cost) => cost ?? []);
  const sum = (pick: (usage: Usage) => number): number =>
    judged.reduce((total, answer) => total + pick(answer.usage), pick(usage));
  return {
    ms,
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    modelCalls: modelCalls + judged.length,
    // One call of unknown cost makes the whole unknown.
    ...(costs.length === judged.length + 1 ? { costUsd: costs.reduce((total, cost) => total + cost, 0) } : {}),
  };
}

/** The journal holds plain JSON, without the read-only types of ours. */
function toPlain(output: Execution["output"]): Extract<CellOutcome, { readonly outcome: "scored" }>["output"] {
  return JSON.parse(JSON.stringify(output)) as Extract<CellOutcome, { readonly outcome: "scored" }>["output"];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
