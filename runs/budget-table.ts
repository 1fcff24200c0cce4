import { type Budget, NOTHING_SPENT, type Spend, SPEND_PARTS } from "../core/budget.ts";
import type { RunId } from "../core/ids.ts";
import type { Fence } from "./run.ts";

/** Something of a budget that is about to be used. */
export interface Reservation {
  /** Known again when nobody knows whether an earlier attempt was stored. */
  readonly key: string;
  /** The most that will be used. */
  readonly amount: Spend;
  /** True when nobody can say how much at most: it is then used by nobody else meanwhile. */
  readonly isOpenEnded: boolean;
}

/** How a budget stands. What was reserved by an owner that is gone counts as spent: nobody knows whether it was used. */
export interface BudgetState {
  readonly limits: Budget;
  readonly spent: Spend;
  readonly reserved: Spend;
  /** Reservations of owners that hold their run. */
  readonly open: number;
  /** Of those, the open-ended ones. */
  readonly openEnded: number;
}

/** `exhausted`: something is used up. `wait`: what others have reserved may be given back. */
export type BudgetVerdict = "granted" | "wait" | "exhausted";

export interface BudgetAnswer {
  readonly verdict: BudgetVerdict;
  readonly state: BudgetState;
}

/**
 * A ledger of what runs use. Entries are added under the fence of the run that uses something; looking at the whole and adding to it is one step,
 * whoever does it.
 */
export interface BudgetTable {
  /** Sets what a budget allows; it is named by the run that it was given to. Throws `fenced`. */
  open(fence: Fence, budget: RunId, limits: Budget): Promise<void>;
  /** Adds a reservation if there is room for it. Throws `fenced`. */
  reserve(fence: Fence, budget: RunId, reservation: Reservation): Promise<BudgetAnswer>;
  /** Puts what was really used in place of the reservation, or adds it where there was none; once, however often it is said. Throws `fenced`. */
  settle(fence: Fence, budget: RunId, entry: Pick<Reservation, "key" | "amount">): Promise<void>;
  /** Gives back what was reserved and not used. Throws `fenced`. */
  release(fence: Fence, budget: RunId, key: string): Promise<void>;
  /** Undefined for a budget that was never opened. */
  read(budget: RunId): Promise<BudgetState | undefined>;
}

/**
 * Decides about a reservation. While there is room for the most that all may use, they use it side by side; near the end, and where the most is
 * unknown, one after the other: whoever is alone may begin as long as anything is left. So the limit is passed by one call at most.
 */
export function judgeReservation(state: BudgetState, { amount, isOpenEnded }: Omit<Reservation, "key">): BudgetVerdict {
  if (usedUp(state).length > 0) return "exhausted";
  if (state.open === 0) return "granted";
  if (isOpenEnded || state.openEnded > 0) return "wait";
  const { limits, spent, reserved } = state;
  const fits = SPEND_PARTS.every((part) => spent[part] + reserved[part] + amount[part] <= (limits[part] ?? Infinity));
  return fits ? "granted" : "wait";
}

/** The parts of which nothing is left. */
export function usedUp({ limits, spent }: Pick<BudgetState, "limits" | "spent">): readonly (keyof Spend)[] {
  return SPEND_PARTS.filter((part) => spent[part] >= (limits[part] ?? Infinity));
}

/** One entry of the ledger as stores keep it. */
export interface BudgetEntry {
  readonly amount: Spend;
  readonly isOpenEnded: boolean;
  /** Reserved by a run that is still held in the same epoch. */
  readonly isOpen: boolean;
}

/** Adds up a ledger. */
export function budgetState(limits: Budget, entries: readonly BudgetEntry[]): BudgetState {
  const open = entries.filter(({ isOpen }) => isOpen);
  return {
    limits,
    spent: sumOf(entries.filter(({ isOpen }) => !isOpen)),
    reserved: sumOf(open),
    open: open.length,
    openEnded: open.filter(({ isOpenEnded }) => isOpenEnded).length,
  };
}

function sumOf(entries: readonly BudgetEntry[]): Spend {
  return entries.reduce((sum, { amount }) => addSpend(sum, amount), NOTHING_SPENT);
}

export function addSpend(one: Spend, other: Spend): Spend {
  return {
    tokens: one.tokens + other.tokens,
    usd: one.usd + other.usd,
    modelCalls: one.modelCalls + other.modelCalls,
    steps: one.steps + other.steps,
  };
}
