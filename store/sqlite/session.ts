import type { JsonValue } from "../../core/json.ts";
import { keySegment } from "../../core/scope-key.ts";
import type { MemoryItem } from "../../memory/item.ts";
import { itemFromJson, itemToJson } from "../../memory/item-json.ts";
import { isUnwanted, type PurgeFilter } from "../../memory/purge.ts";
import type { Appended, SessionEntry, SessionTable, SizedItem } from "../../memory/session.ts";
import type { Connection } from "./connection.ts";
import { type SessionRow, sessionStatements, type SessionStatements } from "./session-statements.ts";
import { scopeSegments } from "./vectors.ts";

/** A retry may come after appends of others, so more operations than the last are remembered. */
const REMEMBERED_OPS = 256;
/** Each append also removes so many expired sessions: no timer, and a file that is written to does not keep growing. */
const SWEPT_PER_APPEND = 8;

/** Sessions in the embedded file, with the rules of the Redis session: one atomic append, lazy and active expiry. */
export function sqliteSessions(connection: Connection): SessionTable {
  const sql = sessionStatements(connection);
  const { clock } = connection;

  /** The session as it is now, cleared of one that has ended. */
  function begin(key: Key, now: number): SessionRow {
    for (const { tenant, namespace } of sql.expired.all(now, SWEPT_PER_APPEND)) forget(sql, [tenant, namespace]);
    const live = sql.session.get(...key, now);
    if (live === undefined) forget(sql, key);
    return live ?? { version: 0, fieldsVersion: 0 };
  }

  return {
    async append(scope, entry, limits) {
      const key = scopeSegments(scope);
      const op = keySegment(entry.op);
      const rows = entry.items.map(({ item, tokens }: SizedItem) => ({
        id: keySegment(item.id),
        body: itemToJson(item),
        tokens,
      }));
      return await connection.write((): Appended => {
        const now = clock.now();
        const { version, fieldsVersion } = begin(key, now);
        if (sql.findOp.get(...key, op) !== undefined) return { outcome: "repeated", version };
        if (entry.expectedVersion !== undefined && entry.expectedVersion !== version)
          return { outcome: "conflict", version };
        if (isFenced(sql, key, entry.fence)) return { outcome: "fenced", version };
        sql.addOp.run(...key, op);
        sql.dropOldOps.run(...key, ...key, REMEMBERED_OPS);
        const added = rows.reduce(
          (count, { id, body, tokens }) => count + sql.addItem.run(...key, id, tokens, body),
          0,
        );
        // Items that the session holds already change nothing, by whatever operation they come again.
        if (added === 0) return { outcome: "repeated", version };
        sql.saveSession.run(...key, version + 1, fieldsVersion, now + limits.ttlSeconds * 1000);
        return { outcome: "appended", version: version + 1, ...evictOldest(sql, key, limits) };
      });
    },
    async read(scope) {
      const key = scopeSegments(scope);
      return await connection.read(() => {
        const version = sql.session.get(...key, clock.now())?.version ?? 0;
        if (version === 0) return { version, items: [], evicted: [] };
        const items = (evicted: 0 | 1): MemoryItem[] =>
          sql.items.all(...key, evicted).map(({ body }) => itemFromJson(body));
        return { version, items: items(0), evicted: items(1) };
      });
    },
    async acknowledge(scope, ids) {
      const key = scopeSegments(scope);
      await connection.write(() => {
        for (const id of ids) sql.dropEvicted.run(...key, keySegment(id));
      });
    },
    async setFields(scope, { values, expectedVersion }, { ttlSeconds }) {
      const key = scopeSegments(scope);
      return await connection.write(() => {
        const now = clock.now();
        const { version, fieldsVersion } = begin(key, now);
        if (expectedVersion !== undefined && expectedVersion !== fieldsVersion)
          return { outcome: "conflict" as const, version: fieldsVersion };
        for (const [name, value] of Object.entries(values)) {
          if (value === undefined) sql.dropField.run(...key, keySegment(name));
          else sql.setField.run(...key, keySegment(name), JSON.stringify([name, value]));
        }
        sql.saveSession.run(...key, version, fieldsVersion + 1, now + ttlSeconds * 1000);
        return { outcome: "written" as const, version: fieldsVersion + 1 };
      });
    },
    async readFields(scope) {
      const key = scopeSegments(scope);
      return await connection.read(() => {
        const live = sql.session.get(...key, clock.now());
        const rows = live === undefined ? [] : sql.fields.all(...key);
        return { version: live?.fieldsVersion ?? 0, values: Object.fromEntries(rows.map(({ body }) => fieldOf(body))) };
      });
    },
    async purge(filter) {
      const tenant = keySegment(filter.tenant);
      return await connection.write(() => {
        const all = sql.sessions.all(tenant).map(({ namespace }) => namespace);
        const wanted = filter.session === undefined ? undefined : keySegment(filter.session);
        const chosen = all.filter((namespace) => wanted === undefined || namespace === wanted);
        return chosen.reduce((sum, namespace) => sum + purgeSession(sql, [tenant, namespace], filter), 0);
      });
    },
    async sessions(tenant) {
      return await connection.read(() => sql.sessions.all(keySegment(tenant)).map(({ namespace }) => namespace));
    },
  };
}

type Key = readonly [tenant: string, namespace: string];

function forget(sql: SessionStatements, key: Key): void {
  for (const drop of sql.drops) drop.run(...key);
}

/** Notes who writes; a run's earlier owner is refused once a later one has written. */
function isFenced(sql: SessionStatements, key: Key, fence: SessionEntry["fence"]): boolean {
  if (fence === undefined) return false;
  const run = keySegment(fence.run);
  if ((sql.fence.get(...key, run)?.epoch ?? 0) > fence.epoch) return true;
  sql.setFence.run(...key, run, fence.epoch);
  return false;
}

function purgeSession(sql: SessionStatements, key: Key, filter: PurgeFilter): number {
  const rows = sql.allItems.all(...key);
  if (filter.run === undefined && filter.writer === undefined) {
    forget(sql, key);
    return rows.length;
  }
  const unwanted = rows.filter(({ body }) => isUnwanted(itemFromJson(body), filter));
  return unwanted.reduce((count, { seq }) => count + sql.dropItem.run(seq), 0);
}

function fieldOf(body: string): [name: string, value: JsonValue] {
  // Written by `setFields`.
  return JSON.parse(body) as [string, JsonValue];
}

interface Evicted {
  readonly length: number;
  readonly tokens: number;
  readonly evicted: readonly MemoryItem[];
}

/** Moves the oldest items to those that wait to be promoted, until the rest keeps the limits; one item always stays. */
function evictOldest(
  sql: SessionStatements,
  key: Key,
  limits: { readonly maxItems: number; readonly maxTokens: number },
): Evicted {
  const sizes = sql.sizes.all(...key);
  let tokens = sizes.reduce((sum, row) => sum + row.tokens, 0);
  let gone = 0;
  for (const row of sizes) {
    if (sizes.length - gone <= 1 || (sizes.length - gone <= limits.maxItems && tokens <= limits.maxTokens)) break;
    tokens -= row.tokens;
    gone += 1;
  }
  const evicted = sizes.slice(0, gone).flatMap(({ seq }) => sql.evict.all(seq));
  return { length: sizes.length - gone, tokens, evicted: evicted.map(({ body }) => itemFromJson(body)) };
}
