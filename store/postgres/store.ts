import { randomUUID } from "node:crypto";
import { extname } from "node:path";

import { BatonError } from "../../core/errors.ts";
import type { Store } from "../../runs/store.ts";
import { encryptedCodec } from "../codec/encryption.ts";
import { sealedJson } from "../codec/sealed-json.ts";
import type { EncryptionOptions } from "../encryption-options.ts";
import { sealedStore } from "../sealed-store.ts";
import { postgresBudgets } from "./budgets.ts";
import { createCommitQueue } from "./commit-queue.ts";
import { openDatabase, type Database, type DatabaseSettings } from "./database.ts";
import { postgresEffects } from "./effects.ts";
import { postgresEvents } from "./events.ts";
import { postgresProvenance } from "./provenance.ts";
import { postgresPrune } from "./prune.ts";
import { postgresRuns } from "./runs.ts";
import { DEFAULT_SCHEMA } from "./schema-name.ts";
import { findBlob } from "./sql/find-blob.ts";
import { STOCK_SCHEMA } from "./stock-saver.ts";
import { stockThreads } from "./stock-threads.ts";
import { insertProbe } from "./sql/insert-probe.ts";
import { removeProbe } from "./sql/remove-probe.ts";

export interface PostgresStoreOptions extends DatabaseSettings {
  readonly url: string;
  /** @default everything is stored as it is */
  readonly encryption?: EncryptionOptions;
}

/** A store with the database it lies in, where memory may lie too. */
export interface PostgresStore extends Store {
  readonly database: Database;
}

/** Opens the store on a PostgreSQL server, for many processes on many machines. Throws what `openDatabase` throws. */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  // Keys are checked before anything is opened.
  const { encryption } = options;
  const codec = encryption === undefined ? {} : { serde: encryptedCodec(encryption) };
  const database = await openDatabase(options);
  const queue = createCommitQueue(database);
  const stock = stockThreads(database, STOCK_SCHEMA);
  const store: PostgresStore = {
    database,
    description: database.shown,
    runs: postgresRuns(database),
    events: postgresEvents(database, queue),
    effects: postgresEffects(database, queue),
    budgets: postgresBudgets(database),
    blobs: {
      async get(id) {
        const [row] = await database.query(findBlob, [id]);
        return row?.body.toString("utf8");
      },
    },
    leases: {
      module: new URL(`./leases${extname(import.meta.url)}`, import.meta.url).href,
      data: { url: options.url, schema: options.schema ?? DEFAULT_SCHEMA },
    },
    provenance: postgresProvenance(database, codec.serde),
    async saver(fence, source) {
      const { PostgresCheckpoints } = await import("./saver.ts");
      return new PostgresCheckpoints({ database, queue, stock, ...codec, access: { kind: "fence", fence }, source });
    },
    async reader() {
      const { PostgresCheckpoints } = await import("./saver.ts");
      return new PostgresCheckpoints({ database, queue, stock, ...codec, access: { kind: "read" } });
    },
    prune: postgresPrune(database),
    probe: async () => await probe(database),
    close: async () => await database.close(),
  };
  return encryption === undefined ? store : sealedStore(store, sealedJson(encryption));
}

async function probe(database: Database): Promise<void> {
  const id = randomUUID();
  await database.query(insertProbe, [id]);
  const removed = await database.query(removeProbe, [id]);
  if (removed.length === 1) return;
  throw new BatonError("database-unreachable", `\`${database.shown}\` did not return the row that was just written.`, {
    hint: "Give the address of the primary server: a replica may lag behind.",
  });
}
