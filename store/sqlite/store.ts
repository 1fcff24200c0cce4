import { extname, resolve } from "node:path";

import { BatonError } from "../../core/errors.ts";
import type { ProvenanceTable, Store } from "../../runs/store.ts";
import type { StateCodec } from "../codec/codec.ts";
import type { EncryptionOptions } from "../encryption-options.ts";
import { notOwnThread, onlyReads } from "../run-refusals.ts";
import { sqliteBlobs } from "./blobs.ts";
import { sqliteBudgets } from "./budgets.ts";
import { openConnection, type Connection, type ConnectionOptions } from "./connection.ts";
import { sqliteEffects } from "./effects.ts";
import { sqliteEvents } from "./events.ts";
import { fenceCheck } from "./fence.ts";
import { sqliteRuns } from "./runs.ts";

/** A store in one SQLite file, with the connection that further tables of the same file use. */
export interface SqliteStore extends Store {
  readonly connection: Connection;
}

export interface SqliteStoreOptions extends ConnectionOptions {
  /** @default everything is stored as it is */
  readonly encryption?: EncryptionOptions;
}

/** Opens the embedded store: no server, several processes at once. Throws what `openConnection` throws. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  // Keys are checked before anything is opened.
  const codec = await codecOf(options.encryption);
  const connection = await openConnection(options);
  const check = fenceCheck(connection);
  const blobs = sqliteBlobs(connection);
  // What only some commands need is loaded by them: it would double the time in which runs are listed.
  const provenance = async (): Promise<ProvenanceTable> =>
    (await import("./provenance.ts")).sqliteProvenance(connection, codec.serde);
  const store: SqliteStore = {
    description: `SQLite ${connection.path}`,
    connection,
    runs: sqliteRuns(connection, blobs),
    events: sqliteEvents(connection, check),
    effects: sqliteEffects(connection, check),
    budgets: sqliteBudgets(connection, check),
    blobs,
    leases: {
      module: new URL(`./leases${extname(import.meta.url)}`, import.meta.url).href,
      data: { folder: resolve(options.folder), file: options.file ?? null },
    },
    provenance: {
      ofThread: async (thread) => await (await provenance()).ofThread(thread),
      written: async (place, checkpoints) => await (await provenance()).written(place, checkpoints),
      state: async (thread, checkpoint) => await (await provenance()).state(thread, checkpoint),
    },
    async saver(fence, source) {
      const { SqliteSaver } = await import("./saver.ts");
      const guard = (thread: string): void => {
        const own = check(fence).threadKey;
        if (thread !== own) throw notOwnThread(thread, own);
      };
      return new SqliteSaver(connection, guard, { source, ...codec });
    },
    async reader() {
      const { SqliteSaver } = await import("./saver.ts");
      const guard = (thread: string): never => {
        throw onlyReads(thread);
      };
      return new SqliteSaver(connection, guard, codec);
    },
    async prune(request) {
      const { sqlitePrune } = await import("./prune.ts");
      return await sqlitePrune(connection)(request);
    },
    probe: async () => await probe(connection),
    close: async () => await connection.close(),
  };
  return options.encryption === undefined ? store : await sealed(store, options.encryption);
}

async function sealed(store: SqliteStore, encryption: EncryptionOptions): Promise<SqliteStore> {
  const [{ sealedStore }, { sealedJson }] = await Promise.all([
    import("../sealed-store.ts"),
    import("../codec/sealed-json.ts"),
  ]);
  return sealedStore(store, sealedJson(encryption));
}

async function codecOf(encryption: EncryptionOptions | undefined): Promise<{ readonly serde?: StateCodec }> {
  if (encryption === undefined) return {};
  const { encryptedCodec } = await import("../codec/encryption.ts");
  return { serde: encryptedCodec(encryption) };
}

async function probe(connection: Connection): Promise<void> {
  const insert = connection.statement("insert into probes (id, at) values (?, ?)");
  const byId = connection.statement("select at from probes where id = ?");
  const remove = connection.statement("delete from probes where id = ?");
  const id = crypto.randomUUID();
  await connection.write(() => insert.run(id, connection.clock.now()));
  const found = await connection.read(() => byId.get(id));
  await connection.write(() => remove.run(id));
  if (found !== undefined) return;
  throw new BatonError(
    "database-corrupt",
    `\`${connection.path}\` did not return the row that was just written to it.`,
    {
      hint: "Look for a program that replaces or restores this file while Baton runs.",
    },
  );
}
