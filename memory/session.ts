import { BatonError } from "../core/errors.ts";
import type { TenantId } from "../core/ids.ts";
import { digest, type JsonValue } from "../core/json.ts";
import type { MemoryItem, MemoryScope, RecalledItem } from "./item.ts";
import { checkItems } from "./item-check.ts";
import { type LastingLayer, outdatedOwner } from "./layer.ts";
import type { PurgeFilter } from "./purge.ts";
import { SeenSessions } from "./seen-sessions.ts";
import { estimateTokens } from "./token-estimate.ts";

/** What bounds a session. */
interface SessionLimits {
  /** A session that nothing is appended to for so long is gone. @default 604800 (a week); longer for users who come back seldom */
  readonly ttlSeconds: number;
  /** The oldest items leave when there are more. @default 200 */
  readonly maxItems: number;
  /** The oldest items leave when all together are longer. @default 8000; more when prompts may be long */
  readonly maxTokens: number;
}

export interface SessionEntry {
  /** Names the append: the same name again changes nothing, so that a resumed run appends once. */
  readonly op: string;
  readonly items: readonly MemoryItem[];
  /** Appends only when the session still has this version; 0 is a session that does not exist. @default any version */
  readonly expectedVersion?: number;
  /** For whom it is written: a run whose later owner has written to the session is refused. */
  readonly fence?: { readonly run: string; readonly epoch: number };
}

/**
 * `repeated`: the operation was done before. `conflict`: the session has another version than expected. `fenced`: a later owner of the run
 * has written.
 */
export type Appended =
  | {
      readonly outcome: "appended";
      readonly version: number;
      readonly length: number;
      readonly tokens: number;
      readonly evicted: readonly MemoryItem[];
    }
  | { readonly outcome: "repeated"; readonly version: number }
  | { readonly outcome: "conflict" | "fenced"; readonly version: number };

export interface SessionContent {
  /** Raised by every append; 0 when there is no such session. */
  readonly version: number;
  /** Oldest first. */
  readonly items: readonly MemoryItem[];
  /** Items that left by the limits and were not acknowledged yet, oldest first. */
  readonly evicted: readonly MemoryItem[];
}

export interface SizedItem {
  readonly item: MemoryItem;
  readonly tokens: number;
}

/** Keeps sessions: each method is one atomic step, also against other processes. An expired session is no session. */
export interface SessionTable {
  append(
    scope: MemoryScope,
    entry: Omit<SessionEntry, "items"> & { readonly items: readonly SizedItem[] },
    limits: SessionLimits,
  ): Promise<Appended>;
  read(scope: MemoryScope): Promise<SessionContent>;
  /** Forgets evicted items, which are safe elsewhere. */
  acknowledge(scope: MemoryScope, ids: readonly string[]): Promise<void>;
  /** Changes working-memory fields and keeps the session alive; undefined removes a field. */
  setFields(
    scope: MemoryScope,
    change: FieldChange,
    limits: Pick<SessionLimits, "ttlSeconds">,
  ): Promise<{ readonly outcome: "written" | "conflict"; readonly version: number }>;
  readFields(scope: MemoryScope): Promise<WorkingMemory>;
  /** Removes what fits the filter, and tells how many items that were. */
  purge(filter: PurgeFilter): Promise<number>;
  /** The sessions of a tenant, as they stand in keys. */
  sessions(tenant: TenantId): Promise<readonly string[]>;
  /** Whether it is known that a call would fail. @default never */
  readonly isDown?: () => boolean;
}

export interface FieldChange {
  readonly values: { readonly [name: string]: JsonValue | undefined };
  /** Changes the fields only when they still have this version; 0 where there are none. @default any version */
  readonly expectedVersion?: number;
}

/** What a session keeps under names: small, whole, with a version of its own. */
interface WorkingMemory {
  readonly version: number;
  readonly values: { readonly [name: string]: JsonValue };
}

/** The layer of what one session keeps across its turns and threads. */
export interface SessionLayer extends LastingLayer {
  /** Adds the items at the end, once for each operation. Throws `memory-item-invalid` for an item that no session could hold. */
  append(scope: MemoryScope, entry: SessionEntry): Promise<Appended>;
  read(scope: MemoryScope): Promise<SessionContent>;
  /** Changes fields of the session's working memory. */
  setFields: (
    scope: MemoryScope,
    change: FieldChange,
  ) => Promise<{ readonly outcome: "written" | "conflict"; readonly version: number }>;
  readFields: SessionTable["readFields"];
}

export interface SessionLayerOptions extends Partial<SessionLimits> {
  /** Takes over items that left by the limits; called again after a failure or crash, so it must not mind to see an item twice. */
  readonly promote?: (scope: MemoryScope, items: readonly MemoryItem[]) => Promise<void>;
}

const DEFAULT_LIMITS: SessionLimits = { ttlSeconds: 604_800, maxItems: 200, maxTokens: 8_000 };

/** Puts the limits, the ranking and the promotion of evicted items in front of a table of sessions. */
export function sessionLayer(table: SessionTable, options: SessionLayerOptions = {}): SessionLayer {
  const { promote, ...given } = options;
  const limits: SessionLimits = { ...DEFAULT_LIMITS, ...given };
  const seen = new SeenSessions();

  async function append(scope: MemoryScope, entry: SessionEntry): Promise<Appended> {
    checkItems(entry.items);
    const items = entry.items.map((item) => ({ item, tokens: sizeOf(item, limits.maxTokens) }));
    const appended = await table.append(scope, { ...entry, items }, limits);
    if (appended.outcome === "appended") seen.appended(scope, appended, entry.items);
    if (promote !== undefined && (appended.outcome === "appended" || appended.outcome === "repeated"))
      await promoteEvicted(scope, promote);
    return appended;
  }

  /** Reads what waits instead of taking the append's answer: an answer that was lost in a crash would lose its items. */
  async function promoteEvicted(scope: MemoryScope, take: NonNullable<typeof promote>): Promise<void> {
    const { evicted } = await table.read(scope);
    if (evicted.length === 0) return;
    await take(scope, evicted);
    await table.acknowledge(
      scope,
      evicted.map(({ id }) => id),
    );
  }

  return {
    name: "session",
    append,
    read: (scope) => table.read(scope),
    setFields: (scope, change) => table.setFields(scope, change, limits),
    readFields: (scope) => table.readFields(scope),
    sketch: (scope) => seen.sketch(scope),
    isDown: () => table.isDown?.() ?? false,
    warning: (scope) => seen.warning(scope),
    async recall(query) {
      const { scope, text, limit } = query;
      query.signal?.throwIfAborted();
      const content = await table.read(scope);
      const index = seen.read(scope, content, limits.ttlSeconds);
      const found = index.search(text, limit, query);
      if (found.length === 0) return newest(index.current(query), limit);
      return found.map(({ item, score, why }) => ({ ...item, layer: "session", score, why }));
    },
    async remember(scope, items, fence) {
      if (items.length === 0) return;
      const entry = { op: digest(items.map(({ id }) => id)), items, ...(fence === undefined ? {} : { fence }) };
      const { outcome } = await append(scope, entry);
      if (outcome === "fenced") throw outdatedOwner(scope);
    },
    async purge(filter) {
      seen.clear();
      return await table.purge(filter);
    },
    namespaces: (tenant) => table.sessions(tenant),
    list: async (scope) => (await table.read(scope)).items,
  };
}

function sizeOf(item: MemoryItem, maxTokens: number): number {
  const tokens = estimateTokens(item.text) + 1;
  if (tokens <= maxTokens) return tokens;
  throw new BatonError(
    "memory-item-invalid",
    `Memory item \`${item.id}\` has about ${Math.ceil(tokens)} tokens; a whole session holds ${maxTokens}.`,
    {
      hint: "Cut it into passages, remember it in the vector layer, or raise `maxTokens` of the session layer.",
    },
  );
}

/** Nothing matched, but what was said last is what the next turn mostly means. Scores stay far below any match. */
function newest(items: readonly MemoryItem[], limit: number): readonly RecalledItem[] {
  return items
    .toReversed()
    .slice(0, limit)
    .map((item, place) => {
      const score = 0.001 / (place + 1);
      return { ...item, layer: "session", score, why: { newest: score } };
    });
}
