import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";

import type { Clock } from "../../core/clock.ts";
import { BatonError } from "../../core/errors.ts";
import type { LeaseClock } from "../../runs/lease.ts";
import type { Fence } from "../../runs/run.ts";
import type { Store } from "../../runs/store.ts";

/** How something that a worker waits for ends: done; not done, with an error; done, with an error; done or not, and nobody hears of it. */
export type Ending = "done" | "failed" | "commit unknown" | "unheard" | "never";

interface Waiting {
  readonly worker: WorkerSeat;
  end(how: Ending): Promise<void>;
}

interface Timer {
  readonly at: number;
  readonly worker: WorkerSeat;
  readonly ring: () => void;
}

/** A process of the simulation. */
export interface WorkerSeat {
  readonly name: string;
  state: "up" | "paused" | "dead";
  /** What its clock shows beside the store's. */
  skewMs: number;
}

/** Time, and everything that crosses the border of a process: nothing happens there but by the hand of the simulation. */
export class World {
  /** The store's clock. */
  now = 1_700_000_000_000;
  readonly #waiting: Waiting[] = [];
  #timers: Timer[] = [];

  /** What live workers wait for, oldest first. */
  get waiting(): readonly Waiting[] {
    return this.#waiting.filter(({ worker }) => worker.state === "up");
  }

  /** Work beyond the border. A worker that is dead by then asks for nothing and hears of nothing. */
  async pass<T>(worker: WorkerSeat, work: () => T | Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (worker.state === "dead") return await promise;
    const entry: Waiting = {
      worker,
      end: async (how) => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        const outcome =
          how === "failed" || how === "never"
            ? undefined
            : await Promise.resolve()
                .then(work)
                .then(
                  (value) => ({ value }),
                  (error: unknown) => ({ error }),
                );
        if (how === "unheard" || how === "never") return;
        if (outcome === undefined || how === "commit unknown") reject(unreachable());
        else if ("error" in outcome) reject(outcome.error);
        else resolve(outcome.value);
      },
    };
    this.#waiting.push(entry);
    return await promise;
  }

  /** Lets all promises of the moment run to where they wait for the world. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  advance(ms: number): void {
    this.now += ms;
    this.ring();
  }

  /** Rings what is due for workers that are awake. */
  ring(): void {
    const due = this.#timers.filter(({ at, worker }) => at <= this.now && worker.state === "up");
    this.#timers = this.#timers.filter((timer) => !due.includes(timer) && timer.worker.state !== "dead");
    for (const { ring } of due.toSorted((one, other) => one.at - other.at)) ring();
  }

  /** A process that is gone: what it had under way was carried out or not. */
  async crash(worker: WorkerSeat, carriedOut: boolean): Promise<void> {
    const open = this.#waiting.filter((entry) => entry.worker === worker);
    worker.state = "dead";
    for (const entry of open) await entry.end(carriedOut ? "unheard" : "never");
  }

  clockOf(worker: WorkerSeat): Clock {
    return { now: () => this.now + worker.skewMs, sleep: async (ms, signal) => await this.#sleep(worker, ms, signal) };
  }

  leaseClockOf(worker: WorkerSeat): LeaseClock {
    return { elapsed: () => this.now, sleep: async (ms, signal) => await this.#sleep(worker, ms, signal) };
  }

  async #sleep(worker: WorkerSeat, ms: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      this.#timers.push({ at: this.now + ms, worker, ring: resolve });
      signal?.addEventListener("abort", () => reject(new Error("woken up")), { once: true });
    });
  }
}

function unreachable(): BatonError {
  return new BatonError("database-unreachable", "The store does not answer.", { hint: "Wait." });
}

/** Which fence a saver of the simulation carries. */
export const fenceOfSaver = new WeakMap<BaseCheckpointSaver, Fence>();

/** The store as a worker reaches it: every call crosses the border. */
export function storeAcross(world: World, worker: WorkerSeat, store: Store): Store {
  function across<T extends object>(table: T): T {
    const calls = Object.entries(table).map(([name, call]: [string, (...args: unknown[]) => unknown]) => [
      name,
      async (...args: unknown[]) => await world.pass(worker, () => call(...args)),
    ]);
    // The same names with the same calls.
    return Object.fromEntries(calls) as T;
  }

  function saverAcross(saver: BaseCheckpointSaver): BaseCheckpointSaver {
    // What the worker puts around a call is on its side of the border.
    const replaced = new Map<string | symbol, unknown>();
    return new Proxy(saver, {
      set(_target, key, value: unknown) {
        replaced.set(key, value);
        return true;
      },
      get(target, key) {
        if (replaced.has(key)) return replaced.get(key);
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== "function" || key === "list") return value;
        return async (...args: unknown[]) =>
          await world.pass(worker, () => Reflect.apply(value as () => unknown, target, args));
      },
    });
  }

  return {
    ...store,
    runs: across(store.runs),
    events: across(store.events),
    effects: across(store.effects),
    blobs: across(store.blobs),
    budgets: across(store.budgets),
    prune: async (request) => await world.pass(worker, () => store.prune(request)),
    async saver(fence, source) {
      const saver = saverAcross(await store.saver(fence, source));
      fenceOfSaver.set(saver, fence);
      return saver;
    },
    reader: async () => saverAcross(await store.reader()),
  };
}
