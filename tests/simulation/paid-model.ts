import type { RunId } from "../../core/ids.ts";
import type { Model, ModelRequest } from "../../models/model.ts";
import type { WorkerSeat, World } from "./world.ts";

/** A call of a model that was made, and how many the budget of its run allowed at that time. */
export interface PaidCall {
  readonly run: string;
  readonly allowed: number;
  /** False where the provider refused: that costs nothing. */
  isPaid: boolean;
}

/** What all workers of a simulation have paid, and what they were allowed. */
export interface Purse {
  readonly calls: PaidCall[];
  /** The most calls that a person has ever allowed the run. */
  readonly allowed: Map<RunId, number>;
}

/** Less than a run needs, so that each has to be allowed more by hand. */
export const FIRST_ALLOWANCE = 1;

/** What is asked of the model for a run, which its purse knows by. */
export function questionOf(run: string): ModelRequest {
  return {
    messages: [{ role: "user", content: run }],
    output: { name: "answer", schema: {}, strict: false },
    input: {},
    passages: [],
    settings: {},
  };
}

/** A model beyond the border of the process, which counts what was asked of it. */
export function paidModel(world: World, worker: WorkerSeat, { calls, allowed }: Purse): Model {
  return {
    ref: "paid",
    settings: {},
    check: () => undefined,
    probe: async () => "fine",
    async generate({ messages }) {
      const run = messages[0]?.content ?? "";
      let made: PaidCall | undefined;
      try {
        await world.pass(worker, () => {
          const most = [...allowed].find(([id]) => id === run)?.[1] ?? Infinity;
          made = { run, allowed: most, isPaid: true };
          calls.push(made);
        });
      } catch (error) {
        if (made !== undefined) made.isPaid = false;
        throw error;
      }
      return { text: "fine", finish: "stop", usage: { inputTokens: 1, outputTokens: 1 }, model: "paid" };
    },
  };
}
