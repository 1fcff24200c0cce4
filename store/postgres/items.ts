import { keySegment } from "../../core/scope-key.ts";
import { sessionArchive } from "../../memory/archive.ts";
import { itemFromJson, itemToJson } from "../../memory/item-json.ts";
import type { ItemTable } from "../../memory/item-table.ts";
import { outdatedOwner } from "../../memory/layer.ts";
import { isUnwanted, type PurgeFilter } from "../../memory/purge.ts";
import { placeOf } from "../../memory/vector-index.ts";
import type { Database } from "./database.ts";
import { insertItems } from "./sql/insert-items.ts";
import { itemsSince } from "./sql/items-since.ts";
import { itemsOfTenant, namespacesOfTenant, noteRemoval, removeItems, type TenantItemRow } from "./sql/memory-items.ts";
import { advanceProgress, readProgress } from "./sql/memory-progress.ts";

/** The long-term memory items on PostgreSQL, for many processes. All statements may be repeated: an id that is there stays as it is. */
export function postgresItems(database: Database): ItemTable {
  return {
    async insert(scope, items, fence) {
      const { tenant, namespace } = placeOf(scope);
      const ids = items.map(({ id }) => keySegment(id));
      const [row] = await database.query(insertItems, [
        tenant,
        namespace,
        ids,
        items.map(itemToJson),
        items.length,
        fence?.run ?? null,
        fence?.epoch ?? 0,
      ]);
      if (row?.current === false) throw outdatedOwner(scope);
    },
    async since(scope, revision, limit) {
      const { tenant, namespace } = placeOf(scope);
      const rows = await database.query(itemsSince, [tenant, namespace, revision, limit]);
      return {
        revision: rows.at(-1)?.revision ?? revision,
        items: rows.flatMap(({ body }) => (body === null ? [] : [itemFromJson(body)])),
        removals: rows[0]?.removals ?? 0,
      };
    },
    async unwanted(filter) {
      const tenant = keySegment(filter.tenant);
      const rows = await database.query(itemsOfTenant, [tenant, namespaceOf(filter)]);
      return rows
        .filter((row) => isUnwantedRow(row, filter))
        .map(({ namespace, body }) => ({ place: { tenant, namespace }, id: itemFromJson(body).id }));
    },
    async purge(filter) {
      const tenant = keySegment(filter.tenant);
      return await database.transaction(async (run) => {
        const rows = await run(itemsOfTenant, [tenant, namespaceOf(filter)]);
        const unwanted = rows.filter((row) => isUnwantedRow(row, filter));
        if (unwanted.length === 0) return 0;
        const keys = [unwanted.map(({ namespace }) => namespace), unwanted.map(({ id }) => id)] as const;
        const removed = await run(removeItems, [tenant, ...keys]);
        await run(noteRemoval, [tenant]);
        return removed.length;
      });
    },
    async namespaces(tenant) {
      const rows = await database.query(namespacesOfTenant, [keySegment(tenant)]);
      return rows.map(({ namespace }) => namespace);
    },
    async progress(scope, target) {
      const { tenant, namespace } = placeOf(scope);
      const [row] = await database.query(readProgress, [tenant, namespace, target]);
      return row?.revision ?? 0;
    },
    async advance(scope, target, revision) {
      const { tenant, namespace } = placeOf(scope);
      await database.query(advanceProgress, [tenant, namespace, target, revision]);
    },
  };
}

function namespaceOf({ session }: PurgeFilter): string | null {
  return session === undefined ? null : keySegment(sessionArchive(session));
}

function isUnwantedRow({ body }: TenantItemRow, filter: PurgeFilter): boolean {
  const whole = filter.run === undefined && filter.writer === undefined;
  return whole || isUnwanted(itemFromJson(body), filter);
}
