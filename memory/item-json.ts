import { BatonError } from "../core/errors.ts";
import type { MemoryItem } from "./item.ts";

/** JSON keeps also what a database's text cannot: NUL and lone surrogates. */
export function itemToJson(item: MemoryItem): string {
  const { id, text, group, order, time, context, meta, origin, about, replaces, validFrom, validTo } = item;
  return JSON.stringify({ id, text, group, order, time, context, meta, origin, about, replaces, validFrom, validTo });
}

/** Throws `memory-unavailable` for what `itemToJson` did not write: another program, or a damaged disk, did. */
export function itemFromJson(body: string): MemoryItem {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch (error) {
    throw unreadable(body, error);
  }
  const isItem =
    typeof parsed === "object" && parsed !== null && "id" in parsed && "text" in parsed && "meta" in parsed;
  if (!isItem) throw unreadable(body);
  // Written by `itemToJson` from a checked item.
  return parsed as MemoryItem;
}

function unreadable(body: string, cause?: unknown): BatonError {
  return new BatonError(
    "memory-unavailable",
    `A stored memory item is none: it begins with ${JSON.stringify(body.slice(0, 40))}.`,
    {
      hint: "Something else than Baton wrote to this place. Restore it, or remove what lies there with: baton memory purge --session <id>",
      cause,
    },
  );
}
