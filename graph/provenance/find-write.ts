import { canonicalJson, isJsonObject, type JsonValue } from "../../core/json.ts";
import type { StatePath } from "./state-path.ts";

/** One value that was written to a field, oldest first in lists of them. */
export interface Written<W> {
  readonly by: W;
  readonly value: JsonValue;
}

/** Where a value comes from. */
export type Found<W> =
  /** The value stands in this write. */
  | { readonly kind: "written"; readonly by: W }
  /** A reducer made it; this is the last write that can have led to it. */
  | { readonly kind: "reduced"; readonly by: W };

/**
 * Finds the write that a part of a field's value comes from. `writes` are all that made the value: of a field without a reducer the last one
 * alone. An item of a list belongs to the earliest write that contains a deep-equal item which no earlier index of the list has taken.
 * Undefined when nothing was written.
 */
export function findWrite<W>(
  writes: readonly Written<W>[],
  value: JsonValue | undefined,
  inside: StatePath["inside"],
): Found<W> | undefined {
  const last = writes.at(-1);
  if (last === undefined) return undefined;
  const [part, ...rest] = inside;
  if (part === undefined) return isSame(last.value, value) ? written(last.by) : reduced(last.by);
  if (typeof part === "number") {
    const item = Array.isArray(value) ? takeItems(writes, value, part) : undefined;
    return item === undefined ? reduced(last.by) : (findWrite([item], item.value, rest) ?? reduced(last.by));
  }
  const holding = writes.flatMap(({ by, value: whole }) =>
    isJsonObject(whole) && Object.hasOwn(whole, part) ? [{ by, value: whole[part] ?? null }] : [],
  );
  const sub = isJsonObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  return holding.length === 0 ? reduced(last.by) : findWrite(holding, sub, rest);
}

function written<W>(by: W): Found<W> {
  return { kind: "written", by };
}

function reduced<W>(by: W): Found<W> {
  return { kind: "reduced", by };
}

/** Hands the items of a list out to the writes that contain them, from the first index on, and returns what index `wanted` got. */
function takeItems<W>(
  writes: readonly Written<W>[],
  list: readonly JsonValue[],
  wanted: number,
): Written<W> | undefined {
  if (wanted >= list.length) return undefined;
  const waiting = new Map<string, Written<W>[]>();
  for (const { by, value } of writes) {
    // A reducer may append the update itself, or its items.
    const items: readonly JsonValue[] = Array.isArray(value) ? value : [value];
    for (const item of items) {
      const text = canonicalJson(item);
      const queue = waiting.get(text);
      if (queue === undefined) waiting.set(text, [{ by, value: item }]);
      else queue.push({ by, value: item });
    }
  }
  const text = canonicalJson(list[wanted] ?? null);
  const before = list.slice(0, wanted).filter((item) => canonicalJson(item) === text).length;
  return waiting.get(text)?.[before] ?? wholeLists(writes, text, before);
}

/** A list of lists may have got a whole update as one item. */
function wholeLists<W>(writes: readonly Written<W>[], text: string, before: number): Written<W> | undefined {
  return writes.filter(({ value }) => Array.isArray(value) && canonicalJson(value) === text)[before];
}

function isSame(one: JsonValue, other: JsonValue | undefined): boolean {
  return other !== undefined && canonicalJson(one) === canonicalJson(other);
}
