import { type Stats, statSync } from "node:fs";

import { BatonError } from "../../core/errors.ts";

const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const CONSTRAINT = 19;
const NOT_A_DATABASE = 26;
/** The shared-memory file could not grow: how a full disk shows itself before the first write. */
const SHARED_MEMORY_FULL = 4874;

/** True when another connection holds the lock: the same work may succeed a moment later. */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === BUSY || code === LOCKED;
}

/** True when a unique key refused the row. */
export function isConstraint(error: unknown): boolean {
  return primaryCode(error) === CONSTRAINT;
}

/** Turns what SQLite throws into an error that names the file and what to do; anything else is returned as it is. */
export function databaseError(error: unknown, path: string): unknown {
  const code = primaryCode(error);
  if (code === undefined) return error;
  const cause = error;
  if (extendedCode(error) === SHARED_MEMORY_FULL || code === FULL) return databaseFull(path, cause);
  if (code === BUSY || code === LOCKED) {
    return new BatonError("database-busy", `The database \`${path}\` stayed locked by another process.`, {
      hint: "Try again; if it stays locked, look for a process that keeps the file open in a long transaction.",
      cause,
    });
  }
  if (code === CORRUPT || code === NOT_A_DATABASE) {
    return new BatonError("database-corrupt", `\`${path}\` is damaged or is not a SQLite database: ${reason(error)}.`, {
      hint: "The file was left as it is. Move it (with its -wal and -shm files) away to start afresh, or restore a backup in its place.",
      cause,
    });
  }
  if (code === CANNOT_OPEN && stands(path)?.isDirectory() === true) return wrongKind(path, "a folder", "a file");
  if (code === READONLY || code === CANNOT_OPEN || code === IO_ERROR) return folderUnusable(path, reason(error), cause);
  return error;
}

/** The folder cannot be created, read or written. */
export function folderError(error: unknown, path: string): BatonError {
  if (error instanceof Error && "code" in error && error.code === "ENOSPC") return databaseFull(path, error);
  if (stands(path)?.isDirectory() === false) return wrongKind(path, "a file", "a folder");
  return folderUnusable(path, reason(error), error);
}

function folderUnusable(path: string, why: string, cause: unknown): BatonError {
  return new BatonError("baton-folder-unusable", `\`${path}\` cannot be opened for writing: ${why}.`, {
    hint: "Make the folder writable for this user, or run in another folder.",
    cause,
  });
}

/** A file stands where a folder belongs, or a folder where a file does. */
function wrongKind(path: string, found: string, wanted: string): BatonError {
  return new BatonError("baton-folder-unusable", `\`${path}\` is ${found}, where Baton keeps ${wanted}.`, {
    hint: "Move it away, or run in another folder.",
  });
}

/** What is at the path; undefined where nothing is or nobody may look. */
function stands(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // A folder above it is closed to this user: the error under way says so.
    return undefined;
  }
}

/** The disk, or the limit set on the file, has no room left. */
export function databaseFull(path: string, cause: unknown): BatonError {
  return new BatonError("database-full", `There is no room left to write \`${path}\`.`, {
    hint: "Free disk space and try again: everything stored before is intact.",
    cause,
  });
}

function primaryCode(error: unknown): number | undefined {
  const code = extendedCode(error);
  return code === undefined ? undefined : code & 0xff;
}

function extendedCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("code" in error) || error.code !== "ERR_SQLITE_ERROR") return undefined;
  return "errcode" in error && typeof error.errcode === "number" ? error.errcode : undefined;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
