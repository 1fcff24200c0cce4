import { randomUUID } from "node:crypto";

import pLimit from "p-limit";

import { NOTHING_SPENT } from "../core/budget.ts";
import type { Clock } from "../core/clock.ts";
import type { RunEvent, StoredEvent } from "../core/events.ts";
import type { RunId } from "../core/ids.ts";
import { wrapModel } from "../models/wrap-model.ts";
import type { GenerateOptions, Model, ModelRequest, ModelResponse } from "../models/model.ts";
import { type BudgetState, type Reservation, usedUp } from "./budget-table.ts";
import { usedUpError, type UsedUp } from "./budget-limits.ts";
import { boundOf, spendOf } from "./call-bound.ts";
import type { Fence, Run } from "./run.ts";
import type { Store } from "./store.ts";

/** The budget of a run that is worked here. */
export interface RunBudget {
  /** How long the run may still be worked, in milliseconds; undefined without such a limit. */
  readonly wallLeftMs: number | undefined;
  /** What is used up already, so that nothing may begin. */
  readonly exhausted: UsedUp | undefined;
  /** The same model, whose calls are reserved before and settled after. */
  guard(model: Model): Model;
  /** Notes a step that was committed; resolves with what is used up by it. */
  stepped(step: number): Promise<UsedUp | undefined>;
  /** What is used up when no time is left. */
  timeOver(): UsedUp;
}

export interface BudgetParts {
  readonly store: Store;
  readonly fence: Fence;
  readonly run: Run;
  readonly past: readonly StoredEvent[];
  readonly clock: Pick<Clock, "sleep">;
  readonly emit: (event: RunEvent) => void;
}

/** How often it is looked whether other processes have given something back. */
const LOOK_MS = 250;

/** Opens the budget of a run; undefined when it has none. */
export async function openBudget(parts: BudgetParts): Promise<RunBudget | undefined> {
  const { store, fence, run, past, clock, emit } = parts;
  const pin = run.pins.budget;
  if (pin === undefined) return undefined;
  const id: RunId = pin.of ?? run.id;
  const { budgets } = store;
  if (pin.limits !== undefined) await budgets.open(fence, id, pin.limits);
  await recountSteps();
  const state = await budgets.read(id);
  const limits = state?.limits ?? {};
  // Its timer begins a little before the first event of the run is written: a limit that was reached stays reached.
  const wallSpentMs = Math.max(workedMs(past), ...past.map(usedUpMs));
  const wallLeftMs = limits.wallMs === undefined ? undefined : limits.wallMs - wallSpentMs;
  const inOrder = pLimit(1);
  let changed = Promise.withResolvers<void>();

  function announce(): void {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  }

  /** A crash may have come between a step and its entry. */
  async function recountSteps(): Promise<void> {
    const last = past.findLast((event) => event.type === "step_committed" && event.step > 0);
    if (last?.type === "step_committed") await enterStep(last.step);
  }

  async function enterStep(step: number): Promise<void> {
    const amount = { ...NOTHING_SPENT, steps: 1 };
    await budgets.settle(fence, id, { key: `step ${run.id} ${step}`, amount });
  }

  function firstOf(now: BudgetState | undefined): UsedUp | undefined {
    const [part] = now === undefined ? [] : usedUp(now);
    return part === undefined || now === undefined
      ? undefined
      : { budget: id, part, limit: now.limits[part] ?? 0, spent: now.spent[part] };
  }

  async function reserve(wish: Reservation, signal: AbortSignal | undefined): Promise<void> {
    while (true) {
      signal?.throwIfAborted();
      // Taken before it is asked, so that nothing given back meanwhile is missed.
      const next = changed.promise;
      const { verdict, state: now } = await budgets.reserve(fence, id, wish);
      if (verdict === "granted") return;
      const used = verdict === "exhausted" ? firstOf(now) : undefined;
      if (used !== undefined) throw usedUpError(used, emit);
      const waiting = new AbortController();
      const stop = (): void => waiting.abort(signal?.reason);
      signal?.addEventListener("abort", stop, { once: true });
      await Promise.race([next, clock.sleep(LOOK_MS, waiting.signal).catch(() => undefined)]);
      signal?.removeEventListener("abort", stop);
      waiting.abort();
    }
  }

  async function generate(model: Model, request: ModelRequest, options: GenerateOptions): Promise<ModelResponse> {
    const { signal } = options;
    const wish = { key: randomUUID(), ...boundOf(model, request, limits) };
    // One after the other: whoever came first is served first, and a crowd does not ask all at once.
    await inOrder(async () => await reserve(wish, signal));
    let spent = wish.amount;
    try {
      const response = await model.generate(request, options);
      spent = spendOf(response, wish.amount);
      return response;
    } catch (error) {
      // Nobody knows what became of a request that was given up under way: it counts as made.
      if (signal?.aborted !== true) spent = NOTHING_SPENT;
      throw error;
    } finally {
      if (spent.modelCalls === 0) await budgets.release(fence, id, wish.key);
      else await budgets.settle(fence, id, { key: wish.key, amount: spent });
      announce();
    }
  }

  return {
    wallLeftMs,
    exhausted: firstOf(state) ?? (wallLeftMs !== undefined && wallLeftMs <= 0 ? timeOver() : undefined),
    guard: (model) => wrapModel(model, async (request, options = {}) => await generate(model, request, options)),
    async stepped(step) {
      if (step < 1) return undefined;
      await enterStep(step);
      return limits.steps === undefined ? undefined : firstOf(await budgets.read(id));
    },
    timeOver,
  };

  function timeOver(): UsedUp {
    return { budget: id, part: "wallMs", limit: limits.wallMs ?? 0, spent: Math.max(wallSpentMs, limits.wallMs ?? 0) };
  }
}

function usedUpMs(event: StoredEvent): number {
  return event.type === "budget_used_up" && event.part === "wallMs" ? event.spent : 0;
}

/** How long the run was worked before: from each start or resume to its last event. */
function workedMs(past: readonly StoredEvent[]): number {
  let begun: number | undefined;
  let last = 0;
  let sum = 0;
  for (const event of past) {
    if (event.type === "run_started") {
      sum += begun === undefined ? 0 : last - begun;
      begun = event.at;
    }
    last = event.at;
  }
  return sum + (begun === undefined ? 0 : Math.max(0, last - begun));
}
