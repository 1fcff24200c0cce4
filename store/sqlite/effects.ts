import type { JsonValue } from "../../core/json.ts";
import type { EffectRow, EffectTable } from "../../runs/store.ts";
import type { Connection } from "./connection.ts";
import type { FenceCheck } from "./fence.ts";

type StoredEffect = Omit<EffectRow, "value"> & { readonly value: string };

/** The journal on SQLite. Rows are only ever added: a spent call stays on record beside the one that succeeded later. */
export function sqliteEffects(connection: Connection, check: FenceCheck): EffectTable {
  const done = connection.statement<StoredEffect>(
    "select key, kind, name, status, value from effects where run = ? and key = ? and status = 'done'",
  );
  const last = connection.statement<StoredEffect>(
    "select key, kind, name, status, value from effects where run = ? and key = ? order by seq desc limit 1",
  );
  const all = connection.statement<StoredEffect>(
    "select key, kind, name, status, value from effects where run = ? order by seq",
  );
  // A call that is stored as done keeps its first result: whoever saw it may have acted on it.
  const insert = connection.statement(
    "insert into effects (run, key, kind, name, status, value) values (?, ?, ?, ?, ?, ?) on conflict do nothing",
  );

  return {
    async find(run, key) {
      const row = await connection.read(() => done.get(run, key) ?? last.get(run, key));
      return row?.status === "done" || row?.status === "intent" ? effectFromRow(row) : undefined;
    },
    async record(fence, row) {
      const value = JSON.stringify(row.value);
      await connection.write(() => {
        check(fence);
        insert.run(fence.run, row.key, row.kind, row.name, row.status, value);
      });
    },
    list: async (run) => await connection.read(() => all.all(run).map((row) => effectFromRow(row))),
  };
}

/** The JSON was written by `record` from a `JsonValue`. */
function effectFromRow(row: StoredEffect): EffectRow {
  return { ...row, value: JSON.parse(row.value) as JsonValue };
}
