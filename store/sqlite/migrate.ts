import type { DatabaseSync } from "node:sqlite";

import { runTables } from "./migrations/0001-runs.ts";
import { checkpointTables } from "./migrations/0002-checkpoints.ts";
import { memoryTables } from "./migrations/0003-memory.ts";
import { runControl } from "./migrations/0004-run-control.ts";
import { provenanceColumn } from "./migrations/0005-provenance.ts";
import { dueTimes } from "./migrations/0006-due.ts";
import { memoryCare } from "./migrations/0007-memory-care.ts";
import { memoryVectors } from "./migrations/0008-memory-vectors.ts";
import { budgetTables } from "./migrations/0009-budgets.ts";
import { APPLICATION_ID, SCHEMA_VERSION, schemaVersion } from "./schema-version.ts";

/** In order, never changed once released: the schema's version is the number of migrations applied. */
const MIGRATIONS: readonly string[] & { readonly length: typeof SCHEMA_VERSION } = [
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

/** Applies what is missing, in one transaction under the write lock: of several processes that start at once, one migrates. */
export function migrate(database: DatabaseSync, path: string): void {
  if (schemaVersion(database, path) === SCHEMA_VERSION) return;
  database.exec("begin immediate");
  try {
    // Again under the lock: another process may have migrated since.
    const applied = schemaVersion(database, path);
    for (const sql of MIGRATIONS.slice(applied)) database.exec(sql);
    database.exec(`pragma application_id = ${APPLICATION_ID}; pragma user_version = ${SCHEMA_VERSION}`);
    database.exec("commit");
  } catch (error) {
    if (database.isTransaction) database.exec("rollback");
    throw error;
  }
}
