import type { Item } from "@langchain/langgraph-checkpoint";

import { assertJson, digest, isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { MemoryItem } from "../memory/item.ts";
import { LONGEST_TEXT } from "../memory/item-check.ts";

/** A value as it is put, with what came before it under the same key. */
export interface Put {
  readonly path: readonly string[];
  readonly key: string;
  /** Null ends the key. */
  readonly value: unknown;
  readonly index?: false | readonly string[] | undefined;
  readonly before: MemoryItem | undefined;
}

/** The item that a value becomes; undefined when it is there already, so that a step that runs again puts nothing. */
export function itemOf({ path, key, value, index, before }: Put): MemoryItem | undefined {
  const json = value === null ? null : assertJson(value, `value of \`${key}\``);
  const same = before === undefined ? json === null : digest(valueOf(before)) === digest(json);
  if (same) return undefined;
  const now = Math.max(Date.now(), (before?.validFrom ?? 0) + 1);
  const id = digest([key, json, before?.id ?? null]);
  const isNew = before === undefined || valueOf(before) === null;
  return {
    id,
    text: textOf(json, index).slice(0, LONGEST_TEXT),
    // Values are no neighbours of each other.
    group: id,
    order: 0,
    time: now,
    meta: { key, value: json, path: [...path], created: isNew ? now : createdOf(before) },
    about: { subject: JSON.stringify(path), attribute: key },
    validFrom: now,
  };
}

/** The newest item of each key, oldest key first; keys that were ended are not there. */
export function currentOf(items: readonly MemoryItem[]): readonly MemoryItem[] {
  return [...newestOf(items).values()]
    .filter((item) => valueOf(item) !== null)
    .toSorted((one, other) => createdOf(one) - createdOf(other));
}

export function newestOf(items: readonly MemoryItem[]): ReadonlyMap<string, MemoryItem> {
  const newest = new Map<string, MemoryItem>();
  for (const item of items) {
    const known = newest.get(keyOf(item));
    if (known === undefined || isLater(item, known)) newest.set(keyOf(item), item);
  }
  return newest;
}

export function storedItem(item: MemoryItem): Item {
  const { path } = item.meta;
  const value = valueOf(item);
  return {
    value: isJsonObject(value) ? value : {},
    key: keyOf(item),
    namespace: Array.isArray(path) ? path.map(String) : [],
    createdAt: new Date(createdOf(item)),
    updatedAt: new Date(item.time),
  };
}

export function valueOf({ meta }: MemoryItem): JsonValue {
  return meta["value"] ?? null;
}

function keyOf({ meta }: MemoryItem): string {
  const { key } = meta;
  return typeof key === "string" ? key : "";
}

function createdOf({ meta, time }: MemoryItem): number {
  return typeof meta["created"] === "number" ? meta["created"] : time;
}

/** As the validity of items has it. */
function isLater(item: MemoryItem, other: MemoryItem): boolean {
  return item.time > other.time || (item.time === other.time && item.id > other.id);
}

/** What of a value can be found by its words: the named fields, or all texts in it. */
function textOf(value: JsonValue, index: Put["index"]): string {
  if (index === false) return "";
  if (index === undefined || !isJsonObject(value)) return textsIn(value).join("\n");
  return index.flatMap((field) => partsAt(value, stepsOf(field)).flatMap(textsIn)).join("\n");
}

/** As LangGraph writes paths: `title`, `meta.author`, `chapters[*].text`, `tags[-1]`, `*`, `$` for the whole. */
function stepsOf(path: string): readonly string[] {
  return path.split(/\.|(?=\[)/u).filter((step) => step !== "" && step !== "$");
}

function partsAt(value: JsonValue, [step, ...rest]: readonly string[]): readonly JsonValue[] {
  if (step === undefined) return [value];
  if (typeof value !== "object" || value === null) return [];
  if (step === "*" || (step === "[*]" && Array.isArray(value)))
    return Object.values(value).flatMap((part) => partsAt(part, rest));
  const part = partOf(value, step);
  return part === undefined ? [] : partsAt(part, rest);
}

function partOf(value: JsonObject | readonly JsonValue[], step: string): JsonValue | undefined {
  const number = /^\[(-?\d+)\]$/u.exec(step)?.[1];
  if (isJsonObject(value)) return Object.hasOwn(value, step) ? value[step] : undefined;
  return number === undefined ? undefined : value.at(Number(number));
}

function textsIn(value: JsonValue): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number" || typeof value === "boolean") return [String(value)];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
