import type { DatabaseSync } from "node:sqlite";

import { BatonError } from "../../core/errors.ts";

/** The number of migrations. They are loaded only where one is missing: most files that are opened miss none. */
export const SCHEMA_VERSION = 9;

/** Marks the file as Baton's in its header: "Btn1". */
export const APPLICATION_ID = 0x4274_6e31;

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
  if (version <= SCHEMA_VERSION) return version;
  throw new BatonError(
    "store-schema-newer",
    `\`${path}\` has schema version ${version}; this version of Baton knows ${SCHEMA_VERSION}.`,
    {
      hint: "Update batonjs to the version that wrote the file, or use another folder.",
    },
  );
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
