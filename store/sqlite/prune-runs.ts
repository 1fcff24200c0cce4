import type { RunEvent } from "../../core/events.ts";
import type { RunId } from "../../core/ids.ts";
import type { Connection } from "./connection.ts";

/** What a settled run had noted and journaled. */
export interface RunHistory {
  readonly events: number;
  readonly effects: number;
  readonly bytes: number;
}

type Note = (history: RunHistory) => RunEvent;

/** Removes the events and the journal of a settled run, and leaves a note of it unless the run itself goes. Runs inside a transaction. */
export function pruneRunHistory(connection: Connection): (run: RunId, note: Note | undefined) => RunHistory {
  const noted = "json_extract(body, '$.type') = 'history_pruned'";
  const weighEvents = connection.statement<Weight>(
    `select count(*) as rows, sum(octet_length(body)) as bytes, max(seq) as last from events where run = ? and not ${noted}`,
  );
  const weighEffects = connection.statement<Weight>(
    "select count(*) as rows, sum(octet_length(value)) as bytes, 0 as last from effects where run = ?",
  );
  const removeEvents = connection.statement(`delete from events where run = ? and not ${noted}`);
  const removeNotes = connection.statement("delete from events where run = ?");
  const removeEffects = connection.statement("delete from effects where run = ?");
  // Under the number of the last event that went, so that whoever reads on from there sees it.
  const insert = connection.statement("insert into events (run, seq, at, body) values (?, ?, ?, ?)");

  return function prune(run, note) {
    const events = weighEvents.get(run);
    const effects = weighEffects.get(run);
    const history: RunHistory = {
      events: events?.rows ?? 0,
      effects: effects?.rows ?? 0,
      bytes: (events?.bytes ?? 0) + (effects?.bytes ?? 0),
    };
    removeEffects.run(run);
    if (note === undefined) {
      removeNotes.run(run);
      return history;
    }
    removeEvents.run(run);
    if (history.events > 0) {
      insert.run(run, events?.last ?? 1, connection.clock.now(), JSON.stringify(note(history)));
    }
    return history;
  };
}

interface Weight {
  readonly rows: number;
  readonly bytes: number | null;
  readonly last: number | null;
}
