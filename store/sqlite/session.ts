import { keySegment } from "../../core/scope-key.ts";
import type { MemoryItem } from "../../memory/item.ts";
import type { Appended, SessionTable, SizedItem } from "../../memory/session.ts";
import type { Connection } from "./connection.ts";
import { sessionStatements, type SessionStatements } from "./session-statements.ts";
import { itemFromJson, itemToJson, scopeSegments } from "./vectors.ts";

/** A retry may come after appends of others, so more operations than the last are remembered. */
const REMEMBERED_OPS = 256;
/** Each append also removes so many expired sessions: no timer, and a file that is written to does not keep growing. */
const SWEPT_PER_APPEND = 8;

/** Sessions in the embedded file, with the rules of the Redis session: one atomic append, lazy and active expiry. */
export function sqliteSessions(connection: Connection): SessionTable {
  const sql = sessionStatements(connection);
  const { clock } = connection;

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
        for (const { tenant, namespace } of sql.expired.all(now, SWEPT_PER_APPEND)) forget(sql, [tenant, namespace]);
        const version = liveVersion(sql, key, now);
        if (version === 0) forget(sql, key);
        if (sql.findOp.get(...key, op) !== undefined) return { outcome: "repeated", version };
        if (entry.expectedVersion !== undefined && entry.expectedVersion !== version)
          return { outcome: "conflict", version };
        sql.addOp.run(...key, op);
        sql.dropOldOps.run(...key, ...key, REMEMBERED_OPS);
        const added = rows.reduce(
          (count, { id, body, tokens }) => count + sql.addItem.run(...key, id, tokens, body),
          0,
        );
        // Items that the session holds already change nothing, by whatever operation they come again.
        if (added === 0) return { outcome: "repeated", version };
        sql.addSession.run(...key, version + 1, now + limits.ttlSeconds * 1000);
        return { outcome: "appended", version: version + 1, ...evictOldest(sql, key, limits) };
      });
    },
    async read(scope) {
      const key = scopeSegments(scope);
      return await connection.read(() => {
        const version = liveVersion(sql, key, clock.now());
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
  };
}

type Key = readonly [tenant: string, namespace: string];

function liveVersion(sql: SessionStatements, key: Key, now: number): number {
  return sql.session.get(...key, now)?.version ?? 0;
}

function forget(sql: SessionStatements, key: Key): void {
  sql.dropItems.run(...key);
  sql.dropOps.run(...key);
  sql.dropSession.run(...key);
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
