import type { Fence } from "../../runs/run.ts";
import type { LeaseAnswer, LeaseConnection } from "../../runs/store.ts";
import { openConnection, type Connection } from "./connection.ts";

/** Extends the lease of a held run, inside a transaction. */
export function leaseTable(connection: Connection): (fence: Fence, leaseMs: number) => LeaseAnswer {
  const extend = connection.statement<{ readonly cancel_requested: number }>(
    "update runs set lease_until = ? where id = ? and epoch = ? and owner = ? returning cancel_requested",
  );

  return function renew(fence, leaseMs) {
    const row = extend.get(connection.clock.now() + leaseMs, fence.run, fence.epoch, fence.owner);
    return row === undefined ? { held: false } : { held: true, cancelRequested: row.cancel_requested === 1 };
  };
}

/** As it goes to another thread: plain JSON. */
interface LeaseFile {
  readonly folder: string;
  readonly file: string | null;
}

/** The leases of the store in this folder, on a connection of its own: for a thread that renews while another one is busy. */
export async function openLeases({ folder, file }: LeaseFile): Promise<LeaseConnection> {
  const connection = await openConnection({ folder, ...(file === null ? {} : { file }) });
  const renew = leaseTable(connection);
  return {
    renew: async (fence, leaseMs) => await connection.write(() => renew(fence, leaseMs)),
    close: async () => await connection.close(),
  };
}
