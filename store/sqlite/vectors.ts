import { keySegment } from "../../core/scope-key.ts";
import type { MemoryItem, MemoryScope } from "../../memory/item.ts";
import type { ItemTable } from "../../memory/vector.ts";
import type { Connection } from "./connection.ts";

interface ItemRow {
  readonly seq: number;
  readonly body: string;
}

/** The long-term memory items in the embedded file. Writes are serial there, so a higher `seq` was always committed later. */
export function sqliteItems(connection: Connection): ItemTable {
  const insert = connection.statement(
    "insert into memory_items (tenant, namespace, id, body) values (?, ?, ?, ?) on conflict (tenant, namespace, id) do nothing",
  );
  const since = connection.statement<ItemRow>(
    "select seq, body from memory_items where tenant = ? and namespace = ? and seq > ? order by seq limit ?",
  );

  return {
    async insert(scope, items) {
      const [tenant, namespace] = scopeSegments(scope);
      // Encoded outside the transaction, which other processes wait for.
      const rows = items.map((item): [id: string, body: string] => [keySegment(item.id), itemToJson(item)]);
      await connection.write(() => {
        for (const [id, body] of rows) insert.run(tenant, namespace, id, body);
      });
    },
    async since(scope, revision, limit) {
      const [tenant, namespace] = scopeSegments(scope);
      const rows = await connection.read(() => since.all(tenant, namespace, revision, limit));
      return {
        revision: rows.at(-1)?.seq ?? revision,
        items: rows.map(({ body }) => itemFromJson(body)),
      };
    },
  };
}

/** Tenant and namespace as they stand in every row and condition of the memory tables. */
export function scopeSegments({ tenant, namespace }: MemoryScope): [tenant: string, namespace: string] {
  return [keySegment(tenant), keySegment(namespace)];
}

/** JSON keeps also what SQLite's text cannot: NUL and lone surrogates. */
export function itemToJson({ id, text, group, order, time, context, meta }: MemoryItem): string {
  return JSON.stringify({ id, text, group, order, time, context, meta });
}

export function itemFromJson(body: string): MemoryItem {
  // Written by `itemToJson` from a checked item.
  return JSON.parse(body) as MemoryItem;
}
