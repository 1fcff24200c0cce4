import { BatonError } from "../core/errors.ts";
import { assertJson, isJsonObject } from "../core/json.ts";
import type { MemoryItem } from "./item.ts";

/** One passage, not a file: what is longer cannot be recalled usefully and would fill a prompt alone. */
export const LONGEST_TEXT = 100_000;

/** Of all that travels with a text. */
const LONGEST_REST = 1_000_000;

/** Throws `memory-item-invalid`, naming item and field, unless every item can be stored and come back exactly as it is. */
export function checkItems(items: readonly MemoryItem[]): void {
  for (const item of items) {
    checkText(item, "id", item.id);
    checkText(item, "group", item.group);
    if (typeof item.text !== "string" || item.text.length > LONGEST_TEXT)
      throw invalid(item, "text", `at most ${LONGEST_TEXT} characters`);
    if (!Number.isFinite(item.order)) throw invalid(item, "order", "a finite number");
    if (!Number.isFinite(item.time)) throw invalid(item, "time", "milliseconds since the epoch");
    for (const field of ["validFrom", "validTo"] as const)
      if (item[field] !== undefined && !Number.isFinite(item[field]))
        throw invalid(item, field, "milliseconds since the epoch");
    if (item.replaces !== undefined) checkText(item, "replaces", item.replaces);
    if (item.context !== undefined && typeof item.context !== "string") throw invalid(item, "context", "a text");
    const meta = assertJson(item.meta, `meta of memory item ${item.id.slice(0, 80)}`);
    if (!isJsonObject(meta)) throw invalid(item, "meta", "an object");
    const rest = item.id.length + item.group.length + (item.context?.length ?? 0) + JSON.stringify(meta).length;
    if (rest > LONGEST_REST)
      throw invalid(item, "meta", `at most ${LONGEST_REST} characters with id, group and context`);
  }
}

function checkText(item: MemoryItem, field: "id" | "group" | "replaces", value: unknown): void {
  if (typeof value !== "string" || value === "") throw invalid(item, field, "a text that is not empty");
}

function invalid(item: MemoryItem, field: string, expected: string): BatonError {
  return new BatonError(
    "memory-item-invalid",
    `Memory item \`${String(item.id).slice(0, 80)}\`: expected \`${field}\` to be ${expected}.`,
    {
      hint: "Cut long texts into passages, and give every item an id, a group, an order and a time.",
    },
  );
}
