import type { TenantId, ThreadId } from "../../core/ids.ts";
import type { Fence } from "../../runs/run.ts";
import { threadKey } from "../../runs/thread-key.ts";
import { fenced } from "../run-refusals.ts";
import type { Connection } from "./connection.ts";

interface HeldRow {
  readonly tenant: TenantId;
  readonly thread: ThreadId;
}

/** Runs inside the transaction of a write; throws `fenced` when the fence no longer holds, so that the write never happens. */
export type FenceCheck = (fence: Fence) => { readonly threadKey: string };

/** The check that stands in front of every write of a run: it is still held by this owner in this epoch (a settled run has no owner). */
export function fenceCheck(connection: Connection): FenceCheck {
  const held = connection.statement<HeldRow>(
    "select tenant, thread from runs where id = ? and epoch = ? and owner = ?",
  );

  return function check(fence) {
    const row = held.get(fence.run, fence.epoch, fence.owner);
    if (row === undefined) throw fenced(fence);
    return { threadKey: threadKey(row) };
  };
}
