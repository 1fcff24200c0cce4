import { type Command, InvalidArgumentError } from "commander";

import type { Budget } from "../core/budget.ts";

/** The flags that say what a run may use at most. */
export interface BudgetFlags {
  readonly budgetTokens?: number;
  readonly budgetUsd?: number;
  readonly budgetCalls?: number;
  readonly budgetSteps?: number;
  readonly budgetWallMs?: number;
}

/** Adds the flags to a command. */
export function withBudget(command: Command): Command {
  return command
    .option("--budget-tokens <n>", "input and output tokens that the run may use, all resumes together", whole)
    .option("--budget-usd <n>", "US dollars that its model calls may cost", positive)
    .option("--budget-calls <n>", "model calls that it may make", whole)
    .option("--budget-steps <n>", "steps that it may take", whole)
    .option("--budget-wall-ms <n>", "milliseconds for which it may be worked", whole);
}

/** The limits that were given; no `budget` when there were none. */
export function givenBudget(flags: BudgetFlags): { readonly budget?: Budget } {
  const { budgetTokens, budgetUsd, budgetCalls, budgetSteps, budgetWallMs } = flags;
  const budget: Budget = {
    ...(budgetTokens === undefined ? {} : { tokens: budgetTokens }),
    ...(budgetUsd === undefined ? {} : { usd: budgetUsd }),
    ...(budgetCalls === undefined ? {} : { modelCalls: budgetCalls }),
    ...(budgetSteps === undefined ? {} : { steps: budgetSteps }),
    ...(budgetWallMs === undefined ? {} : { wallMs: budgetWallMs }),
  };
  return Object.keys(budget).length === 0 ? {} : { budget };
}

function whole(text: string): number {
  if (/^[1-9]\d{0,14}$/u.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a whole number from 1.");
}

function positive(text: string): number {
  if (/^(?:\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})$/u.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError("Expected a number above 0, such as 2.50.");
}
