import { BatonError } from "./errors.ts";
import { sha256 } from "./sha256.ts";

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/**
 * Returns `value` as JSON data, or throws `state-not-serializable` naming the path of the first part that JSON cannot carry
 * exactly (functions, class instances, NaN, BigInt, dates, cycles). A property that is `undefined` counts as absent.
 */
export function assertJson(value: unknown, path: string): JsonValue {
  return copyJson(value, path, []);
}

function copyJson(value: unknown, path: string, ancestors: readonly object[]): JsonValue {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value) && !Object.is(value, -0)) return value;
  if (typeof value !== "object") throw notJson(path, describe(value));
  if (ancestors.includes(value)) throw notJson(path, "a cycle");
  const inside = [...ancestors, value];
  if (Array.isArray(value)) return value.map((item, index) => copyJson(item, `${path}[${index}]`, inside));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw notJson(path, describe(value));
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries.map(([key, member]) => [key, copyJson(member, `${path}.${key}`, inside)]));
}

function notJson(path: string, found: string): BatonError {
  return new BatonError("state-not-serializable", `\`${path}\` holds ${found}, which JSON cannot carry exactly.`, {
    hint: "Store plain data: strings, finite numbers, booleans, null, arrays and plain objects.",
  });
}

function describe(value: unknown): string {
  if (typeof value === "object" && value !== null)
    return `an instance of ${value.constructor?.name ?? "an unknown class"}`;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  return value === undefined ? "undefined" : `a ${typeof value}`;
}

/** The text itself, "" for nothing, and the JSON of what is no text. */
export function textOf(value: JsonValue | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Prints JSON with sorted keys, so that equal data gives equal text (the idea of RFC 8785). */
export function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map((item: JsonValue) => canonicalJson(item)).join(",")}]`;
  if (isJsonObject(value)) {
    const members = Object.keys(value).toSorted();
    return `{${members.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

/** SHA-256 of the canonical JSON, in hex: equal data has equal digests in every process. */
export function digest(value: JsonValue): string {
  return sha256(canonicalJson(value));
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
