import type { EffectRow, EffectTable } from "../../runs/store.ts";
import { newMark } from "./commit.ts";
import type { CommitQueue } from "./commit-queue.ts";
import type { Database } from "./database.ts";
import { findEffect, type EffectRecord } from "./sql/find-effect.ts";
import { listEffects } from "./sql/list-effects.ts";

/** The journal on PostgreSQL. Rows are only ever added: a spent call stays on record beside the one that succeeded later. */
export function postgresEffects(database: Database, queue: CommitQueue): EffectTable {
  return {
    async find(run, key) {
      const [row] = await database.query(findEffect, [run, key]);
      return row?.status === "done" || row?.status === "intent" ? effectFromRow(row) : undefined;
    },
    async record(fence, { key, status, ...row }) {
      const effect = { key, status, body: JSON.stringify(row) };
      await queue.submit(fence.run, { fence, mark: newMark(), effect }).done;
    },
    list: async (run) => (await database.query(listEffects, [run])).map((row) => effectFromRow(row)),
  };
}

/** The JSON and the status were written by `record` from an `EffectRow`. */
function effectFromRow({ key, status, body }: EffectRecord): EffectRow {
  const row = JSON.parse(body) as Omit<EffectRow, "key" | "status">;
  return { ...row, key, status: status as EffectRow["status"] };
}
