import type { JsonValue } from "./json.ts";

/** Deeper parts are cut: nobody reads them, and a display must not overflow the stack. */
const DEEPEST = 200;

/**
 * Whatever a state holds, as JSON for a reader: what JSON cannot carry becomes what it can show. Never throws, so that no run fails for being
 * looked at. For display and summaries only: what must come back exactly goes through the checkpoint saver, which refuses what it cannot keep.
 */
export function toReadableJson(value: unknown): JsonValue {
  return readable(value, []) ?? null;
}

/** Undefined for what JSON leaves out. */
function readable(value: unknown, above: readonly object[]): JsonValue | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object") return undefined;
  if (above.includes(value)) return "[circular]";
  if (above.length >= DEEPEST) return "[deeper]";
  try {
    return readableObject(value, [...above, value]);
  } catch {
    // A getter or `toJSON` of the user's own threw: that is no reason to hide the rest.
    return "[unreadable]";
  }
}

function readableObject(value: object, above: readonly object[]): JsonValue {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Set) return listOf([...value], above);
  if (value instanceof Map) return ofMap(value, above);
  if (Array.isArray(value)) return listOf(value, above);
  if (value instanceof Error) return { name: value.name, message: value.message };
  if ("toJSON" in value && typeof value.toJSON === "function") return readable(value.toJSON(), above) ?? null;
  return ofEntries(Object.entries(value), above);
}

function listOf(items: readonly unknown[], above: readonly object[]): JsonValue {
  return items.map((item) => readable(item, above) ?? null);
}

function ofMap(map: ReadonlyMap<unknown, unknown>, above: readonly object[]): JsonValue {
  const entries = [...map];
  const named = entries.flatMap(([key, member]): [string, unknown][] =>
    typeof key === "string" ? [[key, member]] : [],
  );
  return named.length === entries.length ? ofEntries(named, above) : listOf(entries, above);
}

function ofEntries(entries: readonly (readonly [string, unknown])[], above: readonly object[]): JsonValue {
  return Object.fromEntries(
    entries.flatMap(([key, member]): [string, JsonValue][] => {
      const shown = readable(member, above);
      return shown === undefined ? [] : [[key, shown]];
    }),
  );
}
