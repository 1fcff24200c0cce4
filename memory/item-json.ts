import type { MemoryItem } from "./item.ts";

/** JSON keeps also what a database's text cannot: NUL and lone surrogates. */
export function itemToJson(item: MemoryItem): string {
  const { id, text, group, order, time, context, meta, origin, about, replaces, validFrom, validTo } = item;
  return JSON.stringify({ id, text, group, order, time, context, meta, origin, about, replaces, validFrom, validTo });
}

export function itemFromJson(body: string): MemoryItem {
  // Written by `itemToJson` from a checked item.
  return JSON.parse(body) as MemoryItem;
}
