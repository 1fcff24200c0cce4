// The thread that extends the leases of its process; started by `lease-thread.ts`.
import { writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

import { leaseClock } from "./lease.ts";
import type { LeaseOrder, LeaseReport, LeaseThreadData } from "./lease-thread.ts";
import { sendable } from "./lease-thread.ts";
import { keepRenewed } from "./renewal.ts";
import type { Fence } from "./run.ts";
import type { LeaseConnection } from "./store.ts";

interface Watched {
  readonly fence: Fence;
  readonly deadline: Float64Array;
  readonly released: AbortController;
  /** A time that was found to have passed, and when. */
  missed?: { readonly deadline: number; readonly seenAt: number } | undefined;
}

// The thread was started with exactly this.
const { access, times, graceMs } = workerData as LeaseThreadData;
const watched = new Map<number, Watched>();
const opening: Promise<LeaseConnection> = open();
// Reported by the first renewal that needs the connection.
opening.catch(() => undefined);
// Keeps the thread alive until it is told to close.
const watching = setInterval(watch, Math.min(graceMs, 1_000));

parentPort?.on("message", (order: LeaseOrder) => {
  switch (order.kind) {
    case "keep":
      keep(order);
      return;
    case "release":
      watched.get(order.id)?.released.abort();
      watched.delete(order.id);
      return;
    case "close":
      void close();
      return;
    default:
      order satisfies never;
  }
});

async function open(): Promise<LeaseConnection> {
  // The contract of `LeaseAccess`.
  const module = (await import(access.module)) as { openLeases(data: unknown): Promise<LeaseConnection> };
  return await module.openLeases(access.data);
}

function keep({ id, fence, deadline }: Extract<LeaseOrder, { kind: "keep" }>): void {
  const released = new AbortController();
  watched.set(id, { fence, deadline: new Float64Array(deadline), released });
  const report = (message: LeaseReport): void => parentPort?.postMessage(message);
  const work = {
    leases: { renew: async (held: Fence, leaseMs: number) => await (await opening).renew(held, leaseMs) },
    fence,
    times,
    ...leaseClock,
  };
  const holder = {
    lost: () => report({ kind: "lost", id }),
    expired: (cause: unknown) => report({ kind: "expired", id, cause: sendable(cause) }),
    cancelled: () => report({ kind: "cancelled", id }),
  };
  keepRenewed(work, holder, released.signal).catch((error: unknown) => holder.expired(error));
}

/**
 * The other thread takes its time back as soon as its loop turns; a time that stays is one that nobody could take back. The time to do so counts
 * from when this thread looked: a machine that was suspended wakes up with all times passed.
 */
function watch(): void {
  const now = leaseClock.elapsed();
  for (const entry of watched.values()) {
    const deadline = entry.deadline[0] ?? 0;
    if (deadline === 0 || deadline > now) entry.missed = undefined;
    else if (entry.missed?.deadline !== deadline) entry.missed = { deadline, seenAt: now };
    else if (now - entry.missed.seenAt >= graceMs) endProcess(entry.fence);
  }
}

/** Only a signal ends a process whose main thread never returns. Its runs are taken over like those of any owner that vanished. */
function endProcess({ run }: Fence): void {
  writeSync(
    2,
    `baton: a node of run \`${run}\` has blocked this process past its time limit (nodeTimeoutMs); the process ends here. Look at it with: baton show ${run}\n`,
  );
  process.kill(process.pid, "SIGKILL");
}

async function close(): Promise<void> {
  clearInterval(watching);
  for (const { released } of watched.values()) released.abort();
  await (await opening.catch(() => undefined))?.close();
  parentPort?.close();
}
