import type { Pool } from "pg";

import { BatonError } from "../../core/errors.ts";
import { encryptedCodec } from "../codec/encryption.ts";
import type { EncryptionOptions } from "../encryption-options.ts";
import { createCommitQueue } from "./commit-queue.ts";
import { type Database, openDatabase, type ServerAddress } from "./database.ts";
import { PostgresCheckpoints, type SaverParts } from "./saver.ts";
import { STOCK_SCHEMA } from "./stock-saver.ts";
import { stockThreads } from "./stock-threads.ts";

export interface PostgresSaverOptions {
  /** `postgres://user:password@host:5432/database`. Either this or `pool`. */
  readonly url?: string;
  /** Connections that you open and close; give them the time-outs your app needs. */
  readonly pool?: Pool;
  /** The database schema of the tables; made when it is missing. @default "baton" */
  readonly schema?: string;
  /** @default state is stored as it is */
  readonly encryption?: EncryptionOptions;
  /** Where threads of LangGraph's own `PostgresSaver` are looked for; they go on here. @default "public" */
  readonly stockSchema?: string;
}

/** A LangGraph checkpointer on PostgreSQL that any graph can be compiled with, without the rest of Baton. */
export class PostgresSaver extends PostgresCheckpoints implements AsyncDisposable {
  readonly #database: Database;

  constructor(parts: SaverParts) {
    super(parts);
    this.#database = parts.database;
  }

  /** Ends after the writes under way; a pool that was given stays open. */
  async close(): Promise<void> {
    await this.#database.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Opens the saver and brings its tables up to date; safe for many processes at once. Throws `bad-usage` without an address,
 * `config-invalid`, `encryption-key-invalid`, `database-unreachable`, `database-forbidden`, `store-schema-newer` and `package-missing`.
 */
export async function createPostgresSaver(options: PostgresSaverOptions): Promise<PostgresSaver> {
  const { schema, encryption } = options;
  const codec = encryption === undefined ? {} : { serde: encryptedCodec(encryption) };
  const database = await openDatabase({ ...addressOf(options), ...(schema === undefined ? {} : { schema }) });
  return new PostgresSaver({
    database,
    queue: createCommitQueue(database),
    access: { kind: "open" },
    stock: stockThreads(database, options.stockSchema ?? STOCK_SCHEMA),
    ...codec,
  });
}

function addressOf({ url, pool }: PostgresSaverOptions): ServerAddress {
  if (pool !== undefined && url === undefined) return { pool };
  if (url !== undefined && pool === undefined) return { url };
  throw new BatonError("bad-usage", "A PostgreSQL saver needs either `url` or `pool`.", {
    hint: "Write createPostgresSaver({ url: process.env.DATABASE_URL }).",
  });
}
