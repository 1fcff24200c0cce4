import type { RunEvent, StoredEvent } from "../../core/events.ts";
import type { EventTable } from "../../runs/store.ts";
import type { Connection } from "./connection.ts";
import type { FenceCheck } from "./fence.ts";

interface EventRow {
  readonly seq: number;
  readonly at: number;
  readonly body: string;
}

/** The facts of runs on SQLite. */
export function sqliteEvents(connection: Connection, check: FenceCheck): EventTable {
  const last = connection.statement<{ readonly seq: number | null }>(
    "select max(seq) as seq from events where run = ?",
  );
  const insert = connection.statement("insert into events (run, seq, at, body) values (?, ?, ?, ?)");
  const since = connection.statement<EventRow>(
    "select seq, at, body from events where run = ? and seq > ? order by seq",
  );
  const newest = connection.statement<EventRow>(
    "select seq, at, body from events where run = ? order by seq desc limit ?",
  );

  return {
    async append(fence, events) {
      if (events.length === 0) return;
      const bodies = events.map((event) => JSON.stringify(event));
      await connection.write(() => {
        check(fence);
        const first = (last.get(fence.run)?.seq ?? 0) + 1;
        const at = connection.clock.now();
        for (const [index, body] of bodies.entries()) insert.run(fence.run, first + index, at, body);
      });
    },
    read: async (run, after) => await connection.read(() => since.all(run, after).map((row) => eventFromRow(row))),
    latest: async (run, count) =>
      await connection.read(() =>
        newest
          .all(run, count)
          .toReversed()
          .map((row) => eventFromRow(row)),
      ),
  };
}

/** The JSON was written by `append` from a `RunEvent`. */
function eventFromRow(row: EventRow): StoredEvent {
  return { ...(JSON.parse(row.body) as RunEvent), seq: row.seq, at: row.at };
}
