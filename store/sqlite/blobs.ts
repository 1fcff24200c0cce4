import type { BlobRow, Store } from "../../runs/store.ts";
import type { Connection } from "./connection.ts";

/** Stores one text; for use inside a transaction. */
export interface BlobWriter {
  put(blob: BlobRow): void;
}

/** Content-addressed texts on SQLite: the same id always has the same text, so a second write changes nothing. */
export function sqliteBlobs(connection: Connection): Store["blobs"] & BlobWriter {
  const insert = connection.statement("insert into blobs (id, body) values (?, ?) on conflict do nothing");
  const byId = connection.statement<{ readonly body: string }>("select body from blobs where id = ?");
  return {
    put: (blob) => void insert.run(blob.id, blob.text),
    get: async (id) => await connection.read(() => byId.get(id)?.body),
  };
}
