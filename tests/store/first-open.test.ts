import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { expect, onTestFinished, test } from "vitest";

import { migrate } from "../../store/sqlite/migrate.ts";
import { schemaVersion } from "../../store/sqlite/schema-version.ts";
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
