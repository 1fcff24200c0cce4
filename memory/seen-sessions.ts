import { scopeKey } from "../core/scope-key.ts";
import type { MemoryItem, MemoryScope } from "./item.ts";
import { LexicalIndex } from "./lexical.ts";
import type { SessionContent } from "./session.ts";

interface SeenSession {
  version: number;
  readonly index: LexicalIndex;
  /** When it was last read as a whole. */
  at: number;
  warning?: string;
}

/** What is older may have been changed by other processes: the router then asks instead of guessing. */
const FRESH_MS = 60_000;
const MOST_SESSIONS = 500;

/** What this process last saw of each session: for the router, and to notice a server that lost what it had acknowledged. */
export class SeenSessions {
  readonly #sessions = new Map<string, SeenSession>();

  /** Takes in what was read; the index over it is returned, and made only when the session has changed. */
  read(scope: MemoryScope, { version, items }: SessionContent, ttlSeconds: number): LexicalIndex {
    const key = keyOf(scope);
    const known = this.#sessions.get(key);
    if (
      known?.version === version &&
      known.index.size === items.length &&
      items.every(({ id }) => known.index.has(id))
    ) {
      known.at = performance.now();
      return known.index;
    }
    const index = new LexicalIndex();
    index.add(items);
    const isBehind =
      known !== undefined && version < known.version && performance.now() - known.at < ttlSeconds * 1_000;
    this.#keep(key, {
      version,
      index,
      at: performance.now(),
      ...(isBehind ? { warning: lostWrites(version, known.version) } : {}),
    });
    return index;
  }

  appended(
    scope: MemoryScope,
    { version, length }: { readonly version: number; readonly length: number },
    items: readonly MemoryItem[],
  ): void {
    const known = this.#sessions.get(keyOf(scope));
    if (known === undefined) {
      const index = new LexicalIndex();
      index.add(items);
      this.#keep(keyOf(scope), { version, index, at: length === items.length ? performance.now() : -FRESH_MS });
      return;
    }
    if (version <= known.version) {
      // The server counts from less than it had acknowledged: what was known of it is gone.
      const index = new LexicalIndex();
      index.add(items);
      this.#keep(keyOf(scope), { version, index, at: -FRESH_MS, warning: lostWrites(version, known.version) });
      return;
    }
    if (version !== known.version + 1) known.at = -FRESH_MS;
    known.index.add(items);
    known.version = version;
  }

  sketch(scope: MemoryScope): LexicalIndex | undefined {
    const known = this.#sessions.get(keyOf(scope));
    return known !== undefined && performance.now() - known.at < FRESH_MS ? known.index : undefined;
  }

  warning(scope: MemoryScope): string | undefined {
    return this.#sessions.get(keyOf(scope))?.warning;
  }

  clear(): void {
    this.#sessions.clear();
  }

  #keep(key: string, session: SeenSession): void {
    // Last changed, last in the map.
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > MOST_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
  }
}

function lostWrites(version: number, seen: number): string {
  return `the session is at version ${version}, but version ${seen} was seen: its last writes are lost`;
}

function keyOf({ tenant, namespace }: MemoryScope): string {
  return scopeKey(tenant, namespace);
}
