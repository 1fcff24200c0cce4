import { BatonError } from "../../core/errors.ts";

type SqliteModule = typeof import("node:sqlite");

/** Loads Node's SQLite without the warning that Node 22 prints for it; throws `node-version-unsupported` where there is none. */
export function loadSqlite(): SqliteModule {
  const loaded = withoutSqliteWarning(() => process.getBuiltinModule("node:sqlite"));
  // Typed as always present, but absent before Node 22.5.
  if ((loaded as SqliteModule | undefined) !== undefined) return loaded;
  throw new BatonError("node-version-unsupported", `Node.js ${process.versions.node} has no built-in SQLite.`, {
    hint: "Use Node.js 22.18 or newer.",
  });
}

/** Only that one warning is dropped, and only while `load` runs: any other goes where it went before. */
function withoutSqliteWarning<T>(load: () => T): T {
  const emitWarning = process.emitWarning;
  function emitOthers(...warning: unknown[]): void {
    if (isSqliteWarning(warning)) return;
    Reflect.apply(emitWarning, process, warning);
  }
  process.emitWarning = emitOthers;
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}

function isSqliteWarning([message, type]: readonly unknown[]): boolean {
  return type === "ExperimentalWarning" && String(message).startsWith("SQLite ");
}
