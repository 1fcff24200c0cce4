import { BatonError } from "../core/errors.ts";
import type { EncryptionOptions } from "./encryption-options.ts";

export interface PostgresOptions {
  /** @default DATABASE_URL */
  readonly url?: string;
  /** The database schema of Baton's tables; made when it is missing. @default "baton" */
  readonly schema?: string;
  /** Keys under which checkpoints and what rows hold of a run's data are encrypted. @default they are stored as they are */
  readonly encryption?: EncryptionOptions;
}

/** A PostgreSQL server, named in a config. */
export interface ServerStore extends PostgresOptions {
  readonly kind: "postgres";
}

/** Names a PostgreSQL server as the `store` of a config. Opens nothing. */
export function postgres(options: PostgresOptions = {}): ServerStore {
  return { ...options, kind: "postgres" };
}

/** The server that the environment names; undefined when it names none. */
export function databaseUrl(env: NodeJS.ProcessEnv): string | undefined {
  const url = env["DATABASE_URL"]?.trim();
  return url === "" ? undefined : url;
}

/** The address of a server. Throws `database-url-missing`. */
export function addressOf({ url }: ServerStore, env: NodeJS.ProcessEnv): string {
  const found = url?.trim() || databaseUrl(env);
  if (found !== undefined) return found;
  throw new BatonError(
    "database-url-missing",
    "The config names `postgres()` as its store, but no address of a server.",
    {
      hint: "Set DATABASE_URL to postgres://user:password@host:5432/database, or write postgres({ url }).",
    },
  );
}
