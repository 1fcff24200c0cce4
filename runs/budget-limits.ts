import { type Budget, budgetMistake, type BudgetPart } from "../core/budget.ts";
import { BatonError, ParkRequest } from "../core/errors.ts";
import type { RunEvent, Signed } from "../core/events.ts";
import type { RunId } from "../core/ids.ts";
import { signatureOf } from "../core/signature.ts";
import type { Model } from "../models/model.ts";
import { pricesOf } from "./call-bound.ts";
import type { Fence, Run, RunPins } from "./run.ts";
import type { Store } from "./store.ts";

/** A part of a budget of which nothing is left. */
export interface UsedUp {
  /** The run that the budget was given to. */
  readonly budget: RunId;
  readonly part: BudgetPart;
  readonly limit: number;
  readonly spent: number;
}

/** Why a run is parked, in words, with the flag that lets it go on. */
export function usedUpReason({ budget, part, limit, spent }: UsedUp): string {
  return `the budget of run \`${budget}\` is used up: ${number(part, spent)} of ${number(part, limit)}${UNITS[part]}; give it more with ${FLAGS[part]}`;
}

/** What parks a run whose budget is used up; the run's events tell which part it was. */
export function usedUpError(used: UsedUp, emit: (event: RunEvent) => void): ParkRequest {
  emit({ type: "budget_used_up", ...used });
  return new ParkRequest(usedUpReason(used), { hint: `Resume the run with more: ${FLAGS[used.part]}` });
}

const FLAGS: Readonly<Record<BudgetPart, string>> = {
  tokens: "--budget-tokens",
  usd: "--budget-usd",
  modelCalls: "--budget-calls",
  wallMs: "--budget-wall-ms",
  steps: "--budget-steps",
};

const UNITS: Readonly<Record<BudgetPart, string>> = {
  tokens: " tokens",
  usd: "",
  modelCalls: " model calls",
  wallMs: " ms",
  steps: " steps",
};

function number(part: BudgetPart, value: number): string {
  return part === "usd" ? `$${Number(value.toPrecision(6))}` : String(Math.round(value));
}

/** Refuses limits that are none: `bad-usage`. */
export function checkBudget(budget: Budget): Budget {
  const mistake = budgetMistake(budget);
  if (mistake === undefined) return budget;
  throw new BatonError("bad-usage", `${mistake}.`, { hint: "Leave out what is not to be limited." });
}

/** The budget that a new run is pinned with; undefined when nothing limits it. Throws `bad-usage` and `model-price-unknown`. */
export function budgetAtStart(
  limits: Budget,
  model: Model,
  shared: Pick<Run, "id" | "pins"> | undefined,
): RunPins["budget"] {
  // Who shares a budget has none of its own: what it uses is used there.
  if (shared?.pins.budget !== undefined) return { of: shared.pins.budget.of ?? shared.id };
  const checked = checkBudget(limits);
  if (checked.usd !== undefined) pricesOf(model);
  return Object.keys(checked).length === 0 ? undefined : { limits: checked };
}

export interface BudgetWish extends Signed {
  /** New limits; the parts that it leaves out stay as they are. @default no change */
  readonly budget?: Budget;
}

/** Refuses new limits that cannot be given to a run, before anything is changed: `bad-usage` and `model-price-unknown`. */
export function checkWish({ pins, id }: Pick<Run, "pins" | "id">, { budget }: BudgetWish, model: Model): void {
  if (budget === undefined) return;
  checkBudget(budget);
  if (budget.usd !== undefined) pricesOf(model);
  const of = pins.budget?.of;
  if (of === undefined) return;
  throw new BatonError("bad-usage", `Run \`${id}\` shares the budget of run \`${of}\`.`, {
    hint: `Give that one more: baton resume ${of} --budget-tokens <n>`,
  });
}

interface Entering {
  readonly run: Run;
  readonly fence: Fence;
  readonly wish: BudgetWish;
}

/** Pins new limits under the fence, and tells it in the run's events. */
export async function enterBudget(store: Store, { run, fence, wish }: Entering): Promise<Run> {
  const { budget } = wish;
  if (budget === undefined) return run;
  const before = run.pins.budget?.limits ?? {};
  const limits = { ...before, ...budget };
  await store.events.append(fence, [
    {
      type: "budget_changed",
      from: { ...before },
      to: { ...limits },
      ...signatureOf(wish),
    },
  ]);
  return await store.runs.repin(fence, { ...run.pins, budget: { limits } }, []);
}
