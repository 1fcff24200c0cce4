import type { Clock } from "../../core/clock.ts";
import { assertJson, type JsonValue } from "../../core/json.ts";
import { keySegment } from "../../core/scope-key.ts";
import type { MemoryItem, MemoryScope } from "../../memory/item.ts";
import { itemFromJson, itemToJson } from "../../memory/item-json.ts";
import { isUnwanted, type PurgeFilter } from "../../memory/purge.ts";
import type { Appended, SessionContent, SessionTable } from "../../memory/session.ts";
import type { RedisClient } from "./client.ts";
import { ACKNOWLEDGE, APPEND, DROP, READ, READ_FIELDS, SET_FIELDS } from "./scripts.ts";

interface RedisSessionOptions {
  /** Whose time decides when a session ends. @default the server's, which all processes share */
  readonly clock?: Clock;
}

/** A retry may come after appends of others, so more operations than the last are remembered. */
const REMEMBERED_OPS = 256;

/** Sessions on Redis: each method is one script, and all keys of a session lie in one slot of a cluster and end together. */
export function redisSessions(client: RedisClient, options: RedisSessionOptions = {}): SessionTable {
  const now = (): string => (options.clock === undefined ? "" : String(options.clock.now()));

  async function read(scope: MemoryScope): Promise<SessionContent> {
    return contentOf(await client.script(READ, keysOf(client.prefix, scope), [now()]));
  }

  return {
    isDown: () => client.isDown(),
    async append(scope, entry, limits) {
      const ttl = limits.ttlSeconds * 1_000;
      const answer = await client.script(APPEND, keysOf(client.prefix, scope), [
        now(),
        keySegment(entry.op),
        entry.expectedVersion ?? "",
        entry.fence === undefined ? "" : keySegment(entry.fence.run),
        entry.fence?.epoch ?? 0,
        ttl,
        withJitter(ttl),
        limits.maxItems,
        limits.maxTokens,
        REMEMBERED_OPS,
        ...entry.items.flatMap(({ item, tokens }) => [tokens, keySegment(item.id), itemToJson(item)]),
      ]);
      return appendedOf(answer);
    },
    read,
    async acknowledge(scope, ids) {
      await client.script(ACKNOWLEDGE, keysOf(client.prefix, scope), ids.map(keySegment));
    },
    async setFields(scope, { values, expectedVersion }, { ttlSeconds }) {
      const ttl = ttlSeconds * 1_000;
      const written = Object.entries(values).flatMap(([name, value]) => [
        keySegment(name),
        value === undefined ? "" : JSON.stringify([name, value]),
      ]);
      const answer = await client.script(SET_FIELDS, keysOf(client.prefix, scope), [
        now(),
        expectedVersion ?? "",
        ttl,
        withJitter(ttl),
        ...written,
      ]);
      const [outcome, version] = listOf(answer);
      return { outcome: outcome === "written" ? "written" : "conflict", version: Number(version) };
    },
    async readFields(scope) {
      const [version, pairs] = listOf(await client.script(READ_FIELDS, keysOf(client.prefix, scope), [now()]));
      // Every second element is a field's JSON.
      const fields = listOf(pairs).flatMap((text, at) => (at % 2 === 1 ? [fieldOf(String(text))] : []));
      return { version: Number(version), values: Object.fromEntries(fields) };
    },
    async purge(filter) {
      let removed = 0;
      for (const meta of await client.scan(metaPattern(client.prefix, filter))) {
        const keys = siblingsOf(meta);
        const answer = await client.script(READ, keys, [now()]);
        if (filter.run === undefined && filter.writer === undefined) {
          // Whatever they are: also what nobody can read goes.
          const [, kept, left] = listOf(answer);
          removed += listOf(kept).length + listOf(left).length;
          await client.remove(keys);
          continue;
        }
        const { items, evicted } = contentOf(answer);
        const unwanted = [...items, ...evicted]
          .filter((item) => isUnwanted(item, filter))
          .map(({ id }) => keySegment(id));
        if (unwanted.length > 0) removed += Number(await client.script(DROP, keys, unwanted));
      }
      return removed;
    },
    async sessions(tenant) {
      const found = await client.scan(metaPattern(client.prefix, { tenant }));
      return found.map((meta) => meta.slice(meta.indexOf("{") + 1, meta.indexOf("}")).split(":")[1] ?? "");
    },
  };
}

const PARTS = ["meta", "items", "ids", "ops", "out", "wm"] as const;

/** Both segments are encoded: no text of a user reaches a key as it is. */
function keysOf(prefix: string, { tenant, namespace }: MemoryScope): readonly string[] {
  return PARTS.map((part) => `${prefix}:{${keySegment(tenant)}:${keySegment(namespace)}}:${part}`);
}

function siblingsOf(meta: string): readonly string[] {
  return PARTS.map((part) => meta.replace(/meta$/, part));
}

function metaPattern(prefix: string, { tenant, session }: PurgeFilter): string {
  const escaped = prefix.replace(/[*?[\]\\^]/g, String.raw`\$&`);
  return `${escaped}:{${keySegment(tenant)}:${session === undefined ? "*" : keySegment(session)}}:meta`;
}

const JITTER = 0.1;

/** Keys outlive their session by up to a tenth of its time, so that sessions made together are not removed together. */
function withJitter(ttl: number): number {
  return Math.ceil(ttl * (1 + Math.random() * JITTER));
}

function appendedOf(answer: unknown): Appended {
  const [outcome, version, length, tokens, evicted] = listOf(answer);
  const at = Number(version);
  if (outcome === "repeated" || outcome === "conflict" || outcome === "fenced") return { outcome, version: at };
  return {
    outcome: "appended",
    version: at,
    length: Number(length),
    tokens: Number(tokens),
    evicted: listOf(evicted).map(itemOf),
  };
}

function contentOf(answer: unknown): SessionContent {
  const [version, items, evicted] = listOf(answer);
  return { version: Number(version), items: listOf(items).map(itemOf), evicted: listOf(evicted).map(itemOf) };
}

function itemOf(entry: unknown): MemoryItem {
  const text = String(entry);
  return itemFromJson(text.slice(text.indexOf("|", text.indexOf("|") + 1) + 1));
}

function fieldOf(json: string): readonly [name: string, value: JsonValue] {
  const [name, value] = listOf(JSON.parse(json));
  return [String(name), assertJson(value, "working memory")];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
