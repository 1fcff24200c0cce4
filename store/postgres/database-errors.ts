import { BatonError } from "../../core/errors.ts";

/** Connection failures and shortages that pass by themselves. */
const PASSING_CLASSES = new Set(["08", "53"]);
const PASSING_STATES = new Set([
  "57P01", // an administrator ended the session
  "57P02", // another server process crashed
  "57P03", // the server is starting or stopping
  "57P05", // idle for too long
  "25P03", // idle in a transaction for too long
  "40001", // serialization failure
  "40P01", // deadlock
]);
const PASSING_SYSTEM_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "EAI_AGAIN",
  "ENOTFOUND",
]);
/** Of these a server that is there says nothing. */
const NO_SERVER_CODES = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENETDOWN", "EAI_AGAIN", "ENOTFOUND"]);
/** What pg says without a code. */
const PASSING_MESSAGES =
  /^(?:Connection terminated|Query read timeout|timeout exce+ded|timeout expired|Client has encountered a connection error)/u;

const UNIQUE_VIOLATION = "23505";
const DISK_FULL = "53100";
const READ_ONLY = "25006";
const TOO_MANY_CLIENTS = "53300";
const NO_RIGHT = "42501";

/** The five characters by which PostgreSQL names an error; undefined for everything else. */
export function sqlState(error: unknown): string | undefined {
  const code = codeOf(error);
  return code !== undefined && /^[0-9A-Z]{5}$/u.test(code) ? code : undefined;
}

/** True when a unique key refused the row. */
export function isUniqueViolation(error: unknown): boolean {
  return sqlState(error) === UNIQUE_VIOLATION;
}

/** True when the same statement may succeed a moment later. Whether it was carried out is not known. */
export function isPassing(error: unknown): boolean {
  const state = sqlState(error);
  // Told at once: waiting does not empty a disk, and a crowd that keeps trying stays one.
  if (state !== undefined)
    return (
      state !== DISK_FULL &&
      state !== TOO_MANY_CLIENTS &&
      (PASSING_STATES.has(state) || PASSING_CLASSES.has(state.slice(0, 2)))
    );
  const code = codeOf(error);
  if (code !== undefined && PASSING_SYSTEM_CODES.has(code)) return true;
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every((one) => isPassing(one));
  return error instanceof Error && PASSING_MESSAGES.test(error.message);
}

/** True when a server is there that could not serve at the moment: it starts, stops, or is slow to take connections. */
export function isBusyServer(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some((one) => isBusyServer(one));
  return isPassing(error) && !NO_SERVER_CODES.has(codeOf(error) ?? "");
}

/** Turns what pg throws into an error that names the database and what to do; anything else is returned as it is. */
export function databaseError(error: unknown, shown: string): unknown {
  if (BatonError.is(error)) return error;
  const state = sqlState(error);
  if (state === DISK_FULL) {
    return new BatonError("database-full", `${named(shown)} has no room left to write.`, {
      hint: "Free disk space on its server and try again: everything stored before is intact.",
      cause: error,
    });
  }
  if (state === READ_ONLY) {
    return new BatonError("database-read-only", `${named(shown)} takes no writes: ${reason(error)}.`, {
      hint: "Give the address of the primary server in DATABASE_URL, or wait until it takes writes again.",
      cause: error,
    });
  }
  if (state === TOO_MANY_CLIENTS) {
    return new BatonError("database-busy", `${named(shown)} has no connection left: ${reason(error)}.`, {
      hint: "Try again, or raise `max_connections` of the server or put a pooler in front of it.",
      cause: error,
    });
  }
  if (state === NO_RIGHT) {
    return new BatonError("database-forbidden", `${named(shown)} refused: ${reason(error)}.`, {
      hint: "Give the user the right to create and use the schema (grant create on database …), or name a schema that it owns.",
      cause: error,
    });
  }
  if (isPassing(error) || isRefusedConnection(state)) {
    return unreachable(shown, error);
  }
  return error;
}

/** The database did not take the connection or the statement. */
export function unreachable(shown: string, cause: unknown): BatonError {
  return new BatonError("database-unreachable", `${named(shown)} cannot be used: ${reason(cause)}.`, {
    hint: "Check that the server runs and that DATABASE_URL names the right host, port, user, password and database.",
    cause,
  });
}

/** Wrong password, unknown user or unknown database. */
function isRefusedConnection(state: string | undefined): boolean {
  return state !== undefined && (state.startsWith("28") || state === "3D000");
}

function named(shown: string): string {
  return `\`${shown}\``;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** PostgreSQL's own words; they name users and databases, never passwords. */
function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  return (error.message || codeOf(error) || error.name).replace(/\.$/u, "");
}
