import { countTokens } from "../core/tokens.ts";
import type { RecalledItem } from "./item.ts";

/**
 * The items, best first, that fit into so many tokens; one that does not fit is left out, a shorter one after it may still fit. Items of
 * one pair, such as a tool call and its result (`meta.pair`), come together or not at all.
 */
export async function fitToBudget(
  items: readonly RecalledItem[],
  budgetTokens: number | undefined,
): Promise<readonly RecalledItem[]> {
  if (budgetTokens === undefined) return items;
  // A token is a byte or more: the tokenizer's tables are not loaded for what fits anyway.
  const bytes = items.reduce((sum, { text }) => sum + Buffer.byteLength(text) + 1, 0);
  if (bytes <= budgetTokens) return items;
  const taken = new Set<RecalledItem>();
  const seen = new Set<RecalledItem>();
  let left = budgetTokens;
  for (const item of items) {
    if (seen.has(item)) continue;
    const pair = pairOf(item, items);
    for (const member of pair) seen.add(member);
    const cost = (await countTokens(pair.map(({ text }) => text))) + pair.length;
    if (cost > left) continue;
    left -= cost;
    for (const member of pair) taken.add(member);
  }
  return items.filter((item) => taken.has(item));
}

function pairOf(item: RecalledItem, items: readonly RecalledItem[]): readonly RecalledItem[] {
  const { pair } = item.meta;
  if (typeof pair !== "string") return [item];
  return items.filter((other) => other.group === item.group && other.meta["pair"] === pair);
}
