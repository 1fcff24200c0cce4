import type { DatabaseSync } from "node:sqlite";

import { BatonError } from "../../core/errors.ts";
import { runTables } from "./migrations/0001-runs.ts";
import { checkpointTables } from "./migrations/0002-checkpoints.ts";
import { memoryTables } from "./migrations/0003-memory.ts";
import { runControl } from "./migrations/0004-run-control.ts";
import { provenanceColumn } from "./migrations/0005-provenance.ts";
import { dueTimes } from "./migrations/0006-due.ts";
import { memoryCare } from "./migrations/0007-memory-care.ts";
import { memoryVectors } from "./migrations/0008-memory-vectors.ts";
import { budgetTables } from "./migrations/0009-budgets.ts";

/** In order, never changed once released: the schema's version is the number of migrations applied. */
const MIGRATIONS: readonly string[] = [
  runTables,
  checkpointTables,
  memoryTables,
  runControl,
  provenanceColumn,
  dueTimes,
  memoryCare,
  memoryVectors,
  budgetTables,
];

/** Marks the file as Baton's in its header: "Btn1". */
const APPLICATION_ID = 0x4274_6e31;

/** The schema version of the file. Reads only. Throws `store-schema-newer`, and `database-corrupt` for a database of another program. */
export function schemaVersion(database: DatabaseSync, path: string): number {
  const { version, application, empty } = snapshot(database, () => ({
    version: pragma(database, "user_version"),
    application: pragma(database, "application_id"),
    empty: isEmpty(database),
  }));
  if (application !== APPLICATION_ID && !empty) {
    throw new BatonError("database-corrupt", `\`${path}\` is a database of another program.`, {
      hint: "The file was left as it is. Move it away, or use another folder for Baton.",
    });
  }
  if (version <= MIGRATIONS.length) return version;
  throw new BatonError(
    "store-schema-newer",
    `\`${path}\` has schema version ${version}; this version of Baton knows ${MIGRATIONS.length}.`,
    {
      hint: "Update batonjs to the version that wrote the file, or use another folder.",
    },
  );
}

/** Applies what is missing, in one transaction under the write lock: of several processes that start at once, one migrates. */
export function migrate(database: DatabaseSync, path: string): void {
  if (schemaVersion(database, path) === MIGRATIONS.length) return;
  database.exec("begin immediate");
  try {
    // Again under the lock: another process may have migrated since.
    const applied = schemaVersion(database, path);
    for (const sql of MIGRATIONS.slice(applied)) database.exec(sql);
    database.exec(`pragma application_id = ${APPLICATION_ID}; pragma user_version = ${MIGRATIONS.length}`);
    database.exec("commit");
  } catch (error) {
    if (database.isTransaction) database.exec("rollback");
    throw error;
  }
}

/** Another process may make the tables between two reads: without one snapshot its file looks like that of another program. */
function snapshot<T>(database: DatabaseSync, read: () => T): T {
  if (database.isTransaction) return read();
  database.exec("begin");
  try {
    return read();
  } finally {
    if (database.isTransaction) database.exec("rollback");
  }
}

function pragma(database: DatabaseSync, name: "user_version" | "application_id"): number {
  const row = database.prepare(`pragma ${name}`).get();
  return Number(row?.[name]);
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare("select 1 from sqlite_schema limit 1").get() === undefined;
}
