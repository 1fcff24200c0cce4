import { z } from "zod";

/**
 * Which of two versions an execution belongs to: the baseline is `before`, what is under test `after`. Without a baseline all are `after`. `both`
 * executes nothing: the answers of the two are judged side by side.
 */
export const Side = z.enum(["before", "after", "both"]);
export type Side = z.infer<typeof Side>;

/** One execution that a plan asks for. `repeat` counts from 1; repeats are independent of each other. */
export interface Cell {
  readonly suite: string;
  readonly case: string;
  readonly side: Side;
  readonly repeat: number;
}

const GivenScore = z.strictObject({ score: z.number(), reason: z.string().optional() });
const Spent = z.strictObject({
  /** What was spent when the result, which was kept, was made: nothing of it now. */
  kept: z.literal(true).optional(),
  ms: z.number(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  modelCalls: z.number(),
  costUsd: z.number().optional(),
});
export type Spent = z.infer<typeof Spent>;

const place = { suite: z.string(), case: z.string(), side: Side, repeat: z.number().int().positive() };

/**
 * What became of a cell. `scored`: every scorer gave a score. `wrong`: the target itself failed, which is an answer and scores 0.
 * `infrastructure`: the model could not be reached or a recording was missing; `defect`: a scorer or a case is broken. The last two are no
 * scores and leave the comparison.
 */
export const CellResult = z.discriminatedUnion("outcome", [
  z.strictObject({
    ...place,
    outcome: z.literal("scored"),
    scores: z.record(z.string(), GivenScore),
    output: z.json(),
    spent: Spent,
  }),
  z.strictObject({ ...place, outcome: z.literal("wrong"), error: z.string(), spent: Spent }),
  z.strictObject({
    ...place,
    outcome: z.enum(["infrastructure", "defect"]),
    error: z.string(),
    /** The provider refuses the key: more calls would be refused as well. */
    refused: z.boolean().optional(),
    spent: Spent,
  }),
]);
export type CellResult = z.infer<typeof CellResult>;

/** What became of a cell, without saying again which. */
export type CellOutcome = DistributiveOmit<CellResult, keyof Cell>;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export const NOTHING_SPENT: Spent = { ms: 0, inputTokens: 0, outputTokens: 0, modelCalls: 0 };

/** Names a cell, so that a resumed run finds what is done. */
export function cellKey({ suite, case: id, side, repeat }: Cell): string {
  return JSON.stringify([suite, id, side, repeat]);
}
