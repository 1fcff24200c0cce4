import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { MemoryItem } from "./item.ts";

/**
 * What an index of vectors is told of an item, flat: no index takes nested data or null. The text is not among it: it stays in the table of items
 * alone, where a purge finds it.
 */
export function metadataOf({ group, time, meta, origin }: MemoryItem): JsonObject {
  return Object.fromEntries([
    ...flattened("meta", meta),
    ["group", group.slice(0, LONGEST_VALUE)],
    ["time", time],
    ...(origin === undefined
      ? []
      : [
          ["by", origin.by.slice(0, LONGEST_VALUE)],
          ["kind", origin.kind],
          ["trust", origin.trust],
          ...(origin.run === undefined ? [] : [["run", origin.run]]),
        ]),
  ]);
}

/** Metadata is for filtering: what is longer is content. */
const LONGEST_VALUE = 500;
const DEEPEST = 4;

function flattened(name: string, value: JsonValue, depth = 0): [string, JsonValue][] {
  if (value === null || depth > DEEPEST) return [];
  if (Array.isArray(value)) {
    const texts = value.filter((entry) => typeof entry === "string").map((entry) => entry.slice(0, LONGEST_VALUE));
    return texts.length === 0 ? [] : [[name, texts]];
  }
  if (isJsonObject(value))
    return Object.entries(value).flatMap(([key, inner]) => flattened(`${name}.${key}`, inner, depth + 1));
  return [[name, typeof value === "string" ? value.slice(0, LONGEST_VALUE) : value]];
}
