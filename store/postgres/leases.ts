import type { Fence } from "../../runs/run.ts";
import type { LeaseAnswer, LeaseConnection } from "../../runs/store.ts";
import { attachDatabase, type Database } from "./database.ts";
import { renewLease } from "./sql/renew-lease.ts";

/** Extends the lease of a held run, unless the fence no longer holds. */
export async function extendLease(database: Database, fence: Fence, leaseMs: number): Promise<LeaseAnswer> {
  const [row] = await database.query(renewLease, [fence.run, fence.epoch, fence.owner, leaseMs]);
  return row === undefined ? { held: false } : { held: true, cancelRequested: row.cancel_requested };
}

/** The leases of a store, on a connection of its own: for a thread that renews while another one is busy. */
export async function openLeases(data: { readonly url: string; readonly schema: string }): Promise<LeaseConnection> {
  const database = await attachDatabase({ ...data, connections: 1 });
  return {
    renew: async (fence, leaseMs) => await extendLease(database, fence, leaseMs),
    close: async () => await database.close(),
  };
}
