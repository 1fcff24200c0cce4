import { LONGEST_SLEEP_MS } from "../core/clock.ts";
import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";

import type { RunEvent } from "../core/events.ts";
import type { Model } from "../models/model.ts";
import { usedUpError, usedUpReason, type UsedUp } from "./budget-limits.ts";
import type { LeaseClock } from "./lease.ts";
import type { RunBudget } from "./run-budget.ts";
import type { StopSwitch } from "./stop.ts";

export interface BudgetWatchParts {
  /** Undefined for a run without a budget. */
  readonly budget: RunBudget | undefined;
  readonly stop: StopSwitch;
  readonly drain: AbortSignal | undefined;
  readonly clock: LeaseClock;
  readonly emit: (event: RunEvent) => void;
}

/** Ends the work of a run when its budget allows no more of it. */
export interface BudgetWatch {
  /** Aborts when the work is to end after the step under way. */
  readonly drain: AbortSignal | undefined;
  /** Why the run rests after the step under way; undefined when it is not for its budget. */
  readonly parkReason: string | undefined;
  guard(model: Model): Model;
  /** Throws a request to park when nothing may begin. */
  begin(): void;
  /** Counts the steps that are stored through the saver: with the last one that is allowed, no other begins. */
  watch(saver: Pick<BaseCheckpointSaver, "put">): void;
  close(): void;
}

export function watchBudget(parts: BudgetWatchParts): BudgetWatch {
  const { budget, stop, drain, clock, emit } = parts;
  if (budget === undefined) return unlimited(parts);
  const closed = new AbortController();
  const drained = new AbortController();
  const { wallLeftMs } = budget;
  let over: UsedUp | undefined;

  async function committed(step: number): Promise<void> {
    const used = await budget?.stepped(step);
    if (used?.part !== "steps" || over !== undefined) return;
    over = used;
    emit({ type: "budget_used_up", ...used });
    drained.abort();
  }

  async function watchTime(leftMs: number): Promise<void> {
    const end = clock.elapsed() + leftMs;
    for (let left = leftMs; left > 0; left = end - clock.elapsed())
      await clock.sleep(Math.min(left, LONGEST_SLEEP_MS), closed.signal);
    if (stop.signal.aborted || budget === undefined) return;
    const used = budget.timeOver();
    emit({ type: "budget_used_up", ...used });
    stop.pull({ kind: "budget", reason: usedUpReason(used) });
  }

  // A run that has no time left is parked by `begin()`. The wait ends with the work, which closes it.
  if (wallLeftMs !== undefined && wallLeftMs > 0) watchTime(wallLeftMs).catch(() => undefined);
  return {
    drain: drain === undefined ? drained.signal : AbortSignal.any([drain, drained.signal]),
    get parkReason() {
      return over === undefined ? undefined : usedUpReason(over);
    },
    guard: (model) => budget.guard(model),
    begin() {
      if (budget.exhausted !== undefined) throw usedUpError(budget.exhausted, emit);
    },
    watch(saver) {
      const put = saver.put.bind(saver);
      // LangGraph begins no step before the checkpoint of the one before is stored.
      saver.put = async (...args) => {
        const stored = await put(...args);
        const [config, , metadata] = args;
        const namespace: unknown = config.configurable?.["checkpoint_ns"] ?? "";
        if (namespace === "" && metadata.source === "loop") await committed(metadata.step);
        return stored;
      };
    },
    close: () => closed.abort(),
  };
}

function unlimited({ drain }: BudgetWatchParts): BudgetWatch {
  return {
    drain,
    parkReason: undefined,
    guard: (model) => model,
    begin: () => undefined,
    watch: () => undefined,
    close: () => undefined,
  };
}
