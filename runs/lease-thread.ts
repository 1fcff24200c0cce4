import { Worker } from "node:worker_threads";

import { serializeError } from "../core/errors.ts";
import { type Lease, type LeaseKeeper, leasesHere } from "./lease.ts";
import type { LeaseHolder, LeaseTimes } from "./renewal.ts";
import type { Fence } from "./run.ts";
import type { LeaseAccess, LeaseTable } from "./store.ts";

/** What the thread is told. The times by which nodes have to be done lie in memory that both threads see: a blocked loop sends nothing. */
export type LeaseOrder =
  | { readonly kind: "keep"; readonly id: number; readonly fence: Fence; readonly deadline: SharedArrayBuffer }
  | { readonly kind: "release"; readonly id: number }
  | { readonly kind: "close" };

/** What the thread reports. */
export type LeaseReport =
  | { readonly kind: "lost"; readonly id: number }
  | { readonly kind: "expired"; readonly id: number; readonly cause: unknown }
  | { readonly kind: "cancelled"; readonly id: number };

export interface LeaseThreadData {
  readonly access: LeaseAccess;
  readonly times: LeaseTimes;
  readonly graceMs: number;
}

export interface LeaseThreadOptions {
  readonly access: LeaseAccess;
  readonly times: LeaseTimes;
  /** Where leases are extended when there can be no other thread. */
  readonly leases: LeaseTable;
}

/** How long after its deadline a node may go on blocking before the process is ended. */
const LONGEST_GRACE_MS = 5_000;

interface Kept {
  readonly fence: Fence;
  readonly holder: LeaseHolder;
  readonly deadline: Float64Array;
  /** Set when the thread is gone and this one took over. */
  here?: Lease;
}

/**
 * Extends leases from a thread of its own, on a connection of its own: a node that keeps the event loop busy keeps its run, and one that blocks it
 * for ever loses both the run and the process. The thread starts with the first lease.
 */
export function leaseThread({ access, times, leases }: LeaseThreadOptions): LeaseKeeper {
  const kept = new Map<number, Kept>();
  const here = leasesHere(leases, times);
  let thread: Worker | undefined;
  let failed = false;
  let count = 0;

  function start(): Worker {
    const data: LeaseThreadData = { access, times, graceMs: Math.min(LONGEST_GRACE_MS, times.leaseMs / 2) };
    const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
    const worker = new Worker(new URL(`lease-worker.${extension}`, import.meta.url), { workerData: data });
    // A program that has nothing else to do may end.
    worker.unref();
    worker.on("message", hear);
    worker.on("error", takeOver);
    return worker;
  }

  function hear(report: LeaseReport): void {
    const entry = kept.get(report.id);
    if (entry === undefined) return;
    switch (report.kind) {
      case "cancelled":
        return entry.holder.cancelled();
      case "lost":
        return entry.holder.lost();
      case "expired":
        return entry.holder.expired(report.cause);
      default:
        return report satisfies never;
    }
  }

  function takeOver(): void {
    failed = true;
    thread = undefined;
    for (const entry of kept.values()) entry.here = here.keep(entry.fence, entry.holder);
  }

  return {
    times,
    keep(fence, holder) {
      if (failed) return here.keep(fence, holder);
      thread ??= start();
      const id = count++;
      const deadline = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT);
      const entry: Kept = { fence, holder, deadline: new Float64Array(deadline) };
      kept.set(id, entry);
      tell(thread, { kind: "keep", id, fence, deadline });
      return {
        busyUntil(time) {
          entry.deadline[0] = time ?? 0;
        },
        release() {
          kept.delete(id);
          entry.here?.release();
          if (thread !== undefined) tell(thread, { kind: "release", id });
        },
      };
    },
    async close() {
      if (thread === undefined) return;
      const closing = thread;
      thread = undefined;
      const ended = new Promise<void>((resolve) => closing.once("exit", () => resolve()));
      // Waited for from here on: nothing else may be left to keep the process alive.
      closing.ref();
      tell(closing, { kind: "close" });
      await ended;
    },
  };
}

function tell(worker: Worker, order: LeaseOrder): void {
  worker.postMessage(order);
}

/** An error as it can be sent to another thread. */
export function sendable(error: unknown): unknown {
  return error === undefined ? undefined : serializeError(error);
}
