import { isDeepStrictEqual } from "node:util";

import { isJsonObject, type JsonValue } from "../core/json.ts";

/** Whether a stored value meets a filter of LangGraph's stores: equal fields, or comparisons such as `{ $gte: 3 }` and `{ $in: [1, 2] }`. */
export function fits(value: JsonValue, filter: Readonly<Record<string, unknown>> | undefined): boolean {
  return Object.entries(filter ?? {}).every(([field, wanted]) =>
    meets(isJsonObject(value) && Object.hasOwn(value, field) ? value[field] : undefined, wanted),
  );
}

function meets(found: JsonValue | undefined, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null) return isDeepStrictEqual(found, wanted);
  const comparisons = Object.entries(wanted);
  if (comparisons.length === 0 || !comparisons.every(([name]) => name.startsWith("$")))
    return isDeepStrictEqual(found, wanted);
  return comparisons.every(([name, than]) => compare(found, name, than));
}

function compare(found: JsonValue | undefined, name: string, than: unknown): boolean {
  switch (name) {
    case "$eq":
      return isDeepStrictEqual(found, than);
    case "$ne":
      return !isDeepStrictEqual(found, than);
    case "$gt":
      return Number(found) > Number(than);
    case "$gte":
      return Number(found) >= Number(than);
    case "$lt":
      return Number(found) < Number(than);
    case "$lte":
      return Number(found) <= Number(than);
    case "$in":
      return isAmong(found, than);
    case "$nin":
      return !isAmong(found, than);
    default:
      return false;
  }
}

function isAmong(found: JsonValue | undefined, list: unknown): boolean {
  return Array.isArray(list) && list.some((one: unknown) => isDeepStrictEqual(found, one));
}
