import type { JsonObject, JsonValue } from "../core/json.ts";
import type { MemoryItem } from "../memory/item.ts";

/** What an agent already holds, as items of the context layer: one per string, list element or record among its variables. */
export function heldItems(variables: JsonObject): readonly MemoryItem[] {
  return Object.entries(variables).flatMap(([name, value]) => {
    const parts: readonly JsonValue[] = Array.isArray(value) ? value : [value];
    return parts.map((part, order) => ({
      id: `${name}[${order}]`,
      text: typeof part === "string" ? part : JSON.stringify(part),
      group: name,
      order,
      time: 0,
      meta: { field: name },
    }));
  });
}
