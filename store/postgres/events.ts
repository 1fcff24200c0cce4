import type { RunEvent, StoredEvent } from "../../core/events.ts";
import type { EventTable } from "../../runs/store.ts";
import { newMark } from "./commit.ts";
import type { CommitQueue } from "./commit-queue.ts";
import type { Database } from "./database.ts";
import { latestEvents, readEvents, type EventRow } from "./sql/read-events.ts";

/** The facts of runs on PostgreSQL. */
export function postgresEvents(database: Database, queue: CommitQueue): EventTable {
  return {
    async append(fence, events) {
      if (events.length === 0) return;
      const bodies = events.map((event) => JSON.stringify(event));
      await queue.submit(fence.run, { fence, mark: newMark(), events: bodies }).done;
    },
    read: async (run, after) => (await database.query(readEvents, [run, after])).map((row) => eventFromRow(row)),
    latest: async (run, count) =>
      (await database.query(latestEvents, [run, count])).toReversed().map((row) => eventFromRow(row)),
  };
}

/** The JSON was written by `append` from a `RunEvent`. */
function eventFromRow(row: EventRow): StoredEvent {
  return { ...(JSON.parse(row.body) as RunEvent), seq: row.seq, at: row.at };
}
