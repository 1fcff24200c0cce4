import { type KeySegment, keySegment } from "../../core/scope-key.ts";
import type { MemoryScope } from "../../memory/item.ts";
import { itemFromJson, itemToJson } from "../../memory/item-json.ts";
import { isUnwanted, type PurgeFilter } from "../../memory/purge.ts";
import { sessionArchive } from "../../memory/archive.ts";
import { outdatedOwner } from "../../memory/layer.ts";
import type { ItemTable } from "../../memory/item-table.ts";
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
  const ofTenant = connection.statement<ItemRow & { readonly namespace: KeySegment }>(
    "select seq, namespace, body from memory_items where tenant = ?",
  );
  const remove = connection.statement("delete from memory_items where seq = ?");
  const namespaces = connection.statement<{ readonly namespace: string }>(
    "select distinct namespace from memory_items where tenant = ? order by namespace",
  );
  const progress = connection.statement<{ readonly revision: number }>(
    "select revision from memory_progress where tenant = ? and namespace = ? and target = ?",
  );
  const advance = connection.statement(
    "insert into memory_progress (tenant, namespace, target, revision) values (?, ?, ?, ?) on conflict do update set revision = max(revision, excluded.revision)",
  );
  const epoch = connection.statement<{ readonly epoch: number }>("select epoch from runs where id = ?");
  const removals = connection.statement<{ readonly generation: number }>(
    "select generation from memory_removals where tenant = ?",
  );
  const noteRemoval = connection.statement(
    "insert into memory_removals (tenant, generation) values (?, 1) on conflict (tenant) do update set generation = generation + 1",
  );

  return {
    async insert(scope, items, fence) {
      const [tenant, namespace] = scopeSegments(scope);
      // Encoded outside the transaction, which other processes wait for.
      const rows = items.map((item): [id: string, body: string] => [keySegment(item.id), itemToJson(item)]);
      await connection.write(() => {
        // A run that lies elsewhere cannot be asked about.
        if (fence !== undefined && (epoch.get(fence.run)?.epoch ?? 0) > fence.epoch) throw outdatedOwner(scope);
        for (const [id, body] of rows) insert.run(tenant, namespace, id, body);
      });
    },
    async since(scope, revision, limit) {
      const [tenant, namespace] = scopeSegments(scope);
      return await connection.read(() => {
        const rows = since.all(tenant, namespace, revision, limit);
        return {
          revision: rows.at(-1)?.seq ?? revision,
          items: rows.map(({ body }) => itemFromJson(body)),
          removals: removals.get(tenant)?.generation ?? 0,
        };
      });
    },
    async unwanted(filter) {
      const tenant = keySegment(filter.tenant);
      return await connection.read(() =>
        ofTenant
          .all(tenant)
          .filter((row) => isUnwantedRow(row, filter))
          .map(({ namespace, body }) => ({ place: { tenant, namespace }, id: itemFromJson(body).id })),
      );
    },
    async purge(filter) {
      const tenant = keySegment(filter.tenant);
      return await connection.write(() => {
        const unwanted = ofTenant.all(tenant).filter((row) => isUnwantedRow(row, filter));
        for (const { seq } of unwanted) remove.run(seq);
        if (unwanted.length > 0) noteRemoval.run(tenant);
        return unwanted.length;
      });
    },
    async progress(scope, target) {
      const key = scopeSegments(scope);
      return await connection.read(() => progress.get(...key, target)?.revision ?? 0);
    },
    async advance(scope, target, revision) {
      const key = scopeSegments(scope);
      await connection.write(() => void advance.run(...key, target, revision));
    },
    async namespaces(tenant) {
      return await connection.read(() => namespaces.all(keySegment(tenant)).map(({ namespace }) => namespace));
    },
  };
}

function isUnwantedRow(row: { readonly namespace: string; readonly body: string }, filter: PurgeFilter): boolean {
  if (filter.session !== undefined && row.namespace !== keySegment(sessionArchive(filter.session))) return false;
  const whole = filter.run === undefined && filter.writer === undefined;
  return whole || isUnwanted(itemFromJson(row.body), filter);
}

/** Tenant and namespace as they stand in every row and condition of the memory tables. */
export function scopeSegments({ tenant, namespace }: MemoryScope): [tenant: KeySegment, namespace: KeySegment] {
  return [keySegment(tenant), keySegment(namespace)];
}
