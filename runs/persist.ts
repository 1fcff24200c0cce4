import type { Clock } from "../core/clock.ts";
import { isStoreTrouble } from "./infrastructure.ts";

const PATIENCE_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

export interface Persistence {
  readonly clock: Clock;
  /** True when there is no use in trying on. */
  isOver(): boolean;
}

/** Tries again, for a while, while the store cannot be written: what a run came to is worth some patience. The work must be repeatable. */
export async function persist<T>({ clock, isOver }: Persistence, work: () => Promise<T>): Promise<T> {
  const until = clock.now() + PATIENCE_MS;
  for (let round = 0; ; round += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isStoreTrouble(error) || isOver() || clock.now() >= until) throw error;
    }
    await clock.sleep(Math.ceil(Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** round)));
  }
}
