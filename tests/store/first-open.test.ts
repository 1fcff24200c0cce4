import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { expect, onTestFinished, test } from "vitest";

import { parseRunId } from "../../core/ids.ts";
import { openStore } from "../../store/connect.ts";
import { migrate } from "../../store/sqlite/migrate.ts";
import { runTables } from "../../store/sqlite/migrations/0001-runs.ts";
import { checkpointTables } from "../../store/sqlite/migrations/0002-checkpoints.ts";
import { memoryTables } from "../../store/sqlite/migrations/0003-memory.ts";
import { APPLICATION_ID, SCHEMA_VERSION, schemaVersion } from "../../store/sqlite/schema-version.ts";
import { claimed } from "../../testing/opened-store.ts";
import { temporaryFolder } from "./temporary-folder.ts";

function connectionTo(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  onTestFinished(() => database.close());
  return database;
}

test("a file in which another process makes its tables between two looks is not taken for another program's", () => {
  const path = join(temporaryFolder(), "baton.db");
  const other = connectionTo(path);
  other.exec("pragma journal_mode = wal");
  const database = connectionTo(path);
  const prepare = database.prepare.bind(database);
  database.prepare = (sql) => {
    if (sql.includes("sqlite_schema")) migrate(other, path);
    return prepare(sql);
  };

  expect(schemaVersion(database, path)).toBe(0);

  database.prepare = prepare;
  expect(schemaVersion(database, path)).toBeGreaterThan(0);
});

test("a file of an older schema is brought up to date with the runs, checkpoints and journal that are in it", async () => {
  const folder = temporaryFolder();
  const file = new DatabaseSync(join(folder, "baton.db"));
  for (const sql of [runTables, checkpointTables, memoryTables]) file.exec(sql);
  file.exec(`pragma application_id = ${APPLICATION_ID}; pragma user_version = 3`);
  file.exec(`
    insert into runs values ('run_old', 'default', 'run_old', 'brief', 'run_old', 'interrupted', 3, null, null, 5, 6,
      '{"topic":"owls"}', '{"prompts":[],"model":{"ref":"offline","settings":{}},"fingerprint":"f00d"}',
      '{"status":"interrupted","interrupts":[{"id":"i","value":"On?"}],"state":{"topic":"owls"},"checkpoint":"c1"}');
    insert into events values ('run_old', 1, 5, '{"type":"run_completed"}');
    insert into effects (run, key, kind, name, status, value) values ('run_old', 'k', 'once', 'send', 'done', '"sent"');
    insert into checkpoints (thread, ns, id, parent, body, versions, metadata) values ('run_old', '', 'c1', null,
      '{"v":4,"id":"c1","ts":"2026-01-01T00:00:00.000Z","versions_seen":{}}', '{"topic":1.5}', '{"source":"loop","step":1,"parents":{}}');
    insert into checkpoint_values values ('run_old', '', 'topic', '1.5', 'json', cast('"owls"' as blob));
    insert into checkpoint_writes values ('run_old', '', 'c1', 't1', 0, '', 'topic', 'json', cast('"mice"' as blob));
  `);
  file.close();

  const store = await openStore({ folder });
  onTestFinished(async () => await store.close());

  expect(await store.runs.list({})).toMatchObject([
    { id: "run_old", status: "interrupted", epoch: 3, crashes: 0, waits: false, interrupts: [{ value: "On?" }] },
  ]);
  const { run } = await claimed(store, parseRunId("run_old"));
  expect(run).toMatchObject({ status: "running", epoch: 4, input: { topic: "owls" } });
  expect(await store.events.read(run.id, 0)).toMatchObject([{ seq: 1, type: "run_completed" }]);
  expect(await store.effects.find(run.id, "k")).toMatchObject({ status: "done", value: "sent" });
  const reader = await store.reader();
  expect(await reader.getTuple({ configurable: { thread_id: "run_old", checkpoint_ns: "" } })).toMatchObject({
    checkpoint: { id: "c1", channel_values: { topic: "owls" } },
    pendingWrites: [["t1", "topic", "mice"]],
  });
  const now = connectionTo(join(folder, "baton.db"));
  expect(now.prepare("pragma user_version").get()).toEqual({ user_version: SCHEMA_VERSION });
});
