import type { Recall } from "../agents/services.ts";
import { fence } from "../memory/fence.ts";
import type { RecalledItem } from "../memory/item.ts";
import type { CaseInput } from "./case.ts";

/** What memory answers in a case, whatever it is asked: the case's `recalled`, in that order. */
export function recallOf({ recalled = [] }: CaseInput): Recall {
  const items = recalled.map(({ text, meta }, order): RecalledItem => {
    const id = `recalled ${order + 1}`;
    return { id, text, meta, group: id, order, time: 0, layer: "vector", score: 1 / (order + 1), why: {} };
  });
  return { items, route: { layers: items.length === 0 ? [] : ["vector"] }, text: fence(items) };
}
