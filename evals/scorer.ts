import type { Usage } from "../core/events.ts";
import { assertJson, type JsonObject, type JsonValue } from "../core/json.ts";
import type { CaseInput } from "./case.ts";

/** One tool call of an execution, in the order they were made. */
export interface TracedTool {
  readonly name: string;
  readonly arguments: JsonValue;
}

/** What a node left behind: the fields it wrote, the state after it, and the memory layers it was routed to. */
export interface TracedNode {
  readonly node: string;
  readonly step: number;
  readonly writes: readonly string[];
  readonly state: JsonObject;
  readonly layers: readonly string[];
}

/** What happened while a target ran. */
export interface Trace {
  readonly ms: number;
  readonly usage: Usage;
  readonly modelCalls: number;
  /** Undefined when no price is known for the model. */
  readonly costUsd?: number;
  readonly tools: readonly TracedTool[];
  /** Empty when the target is a single prompt. */
  readonly nodes: readonly TracedNode[];
}

/** One finished execution of a case, as a scorer sees it. */
export interface Scored {
  readonly input: JsonObject;
  /** What memory recalled in this case; undefined when the case says nothing of it. */
  readonly recalled?: CaseInput["recalled"];
  readonly output: JsonValue;
  /** What the case says of the right answer; undefined when it says nothing. */
  readonly expected: JsonValue | undefined;
  readonly trace: Trace;
}

export interface Score {
  /** From 0 (wrong) to 1 (right). */
  readonly score: number;
  /** One sentence for whoever reads the report. */
  readonly reason?: string;
}

/** What a scorer may use beside the execution. */
export interface ScorerTools {
  readonly signal?: AbortSignal;
  /** Asks a judge: renders a prompt of the project, or one of Baton's own, and returns the model's answer, or why there is none. */
  readonly judge?: (prompt: string, input: JsonObject) => Promise<JudgeAnswer>;
  /** Vectors of length 1, one for each text. */
  readonly embed?: (texts: readonly string[]) => Promise<readonly Float32Array[]>;
}

/** What a judge said, and what that took. */
export type JudgeAnswer = Pick<Trace, "usage" | "modelCalls" | "costUsd"> &
  ({ readonly answer: JsonObject } | { readonly error: unknown });

/** Judges one execution. A scorer that throws makes the cell an error, never a score of 0. */
export interface Scorer {
  /** What reports call it; unique in a suite. */
  readonly name: string;
  /** Changes whenever equal executions may be scored otherwise: another identity makes a baseline not comparable. */
  readonly identity: JsonValue;
  score(scored: Scored, tools?: ScorerTools): Score | Promise<Score>;
}

/** What both versions answered to one case. */
export interface AnswerPair extends Pick<Scored, "input" | "recalled" | "expected"> {
  readonly before: JsonValue;
  readonly after: JsonValue;
}

/** Judges the answers of both versions side by side; without a baseline it has nothing to judge. */
export interface PairScorer extends Pick<Scorer, "name" | "identity"> {
  /** What the later answer wins: 1 = it is better, 0.5 = as good, 0 = worse. The earlier one wins the rest. */
  compare(pair: AnswerPair, tools?: ScorerTools): Score | Promise<Score>;
}

/** What a scorer is: its kind and its options. */
export function identityOf(scorer: string, options: object): JsonValue {
  return assertJson({ scorer, ...options }, `options of ${scorer}`);
}

/** Right or wrong, with the reason that a reader needs when it is wrong. */
export function passes(right: boolean, reason: string): Score {
  return right ? { score: 1 } : { score: 0, reason };
}

/** Shortens a value for a reason. */
export function shown(value: JsonValue | undefined): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= MOST_SHOWN ? `\`${text}\`` : `\`${text.slice(0, MOST_SHOWN - 1)}…\``;
}

const MOST_SHOWN = 120;
