import { scopeKey } from "../core/scope-key.ts";
import type { MemoryItem } from "./item.ts";

export interface ItemFilter {
  /** Leaves out what does not hold at this time, in milliseconds since the epoch. @default now */
  readonly asOf?: number;
  readonly keep?: (item: MemoryItem) => boolean;
}

/**
 * Which items hold at a time. What is said of the same subject and attribute replaces what was said before, by `validFrom` and without a
 * model; an item may also name the one that it replaces. Nothing is deleted, so that an earlier time still finds the earlier item.
 */
export class Validity {
  /** By subject and attribute. */
  readonly #sayings = new Map<string, MemoryItem[]>();
  /** By the id of what they replace. */
  readonly #replacements = new Map<string, MemoryItem[]>();

  learn(item: MemoryItem): void {
    const key = keyOf(item);
    if (key !== undefined) push(this.#sayings, key, item);
    if (item.replaces !== undefined && item.replaces !== item.id) push(this.#replacements, item.replaces, item);
  }

  holds(item: MemoryItem, { asOf = Date.now(), keep }: ItemFilter): boolean {
    if (keep?.(item) === false) return false;
    if (item.validFrom !== undefined && item.validFrom > asOf) return false;
    if (item.validTo !== undefined && item.validTo <= asOf) return false;
    const key = keyOf(item);
    const others = key === undefined ? [] : (this.#sayings.get(key) ?? []);
    // Asked of every item that a query touches: mostly there are none.
    const replacements = this.#replacements.size === 0 ? [] : (this.#replacements.get(item.id) ?? []);
    if (replacements.some((other) => beginOf(other) <= asOf && keep?.(other) !== false)) return false;
    // What nobody may see replaces nothing: an untrusted item must not hide a trusted one.
    return !others.some((other) => isLater(other, item) && beginOf(other) <= asOf && keep?.(other) !== false);
  }
}

function push(lists: Map<string, MemoryItem[]>, key: string, item: MemoryItem): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [item]);
  else known.push(item);
}

function keyOf({ about }: MemoryItem): string | undefined {
  return about === undefined ? undefined : scopeKey(about.subject, about.attribute);
}

function beginOf({ validFrom, time }: MemoryItem): number {
  return validFrom ?? time;
}

function isLater(other: MemoryItem, item: MemoryItem): boolean {
  return beginOf(other) > beginOf(item) || (beginOf(other) === beginOf(item) && other.id > item.id);
}
