import { BatonError } from "../core/errors.ts";
import type { MemoryItem, MemoryScope } from "./item.ts";
import type { MemoryLayer } from "./layer.ts";
import { isNearlySame, type Wording, wordingOf } from "./nearly-same.ts";
import { isTrustedAs } from "./trust.ts";

/** So many of what comes closest are compared. */
const COMPARED = 5;

/**
 * The items that say something which the scope does not hold yet, in the same words or nearly. An item that says since when, or instead of what, is
 * always kept; one that is trusted more too: an untrusted text must not keep out the same text of somebody else.
 */
export async function newOnes(
  layer: MemoryLayer,
  scope: MemoryScope,
  items: readonly MemoryItem[],
): Promise<readonly MemoryItem[]> {
  const kept: { readonly item: MemoryItem; readonly wording: Wording }[] = [];
  for (const item of items) {
    const wording = wordingOf(item.text);
    if (item.about === undefined && item.replaces === undefined) {
      const isDouble = kept.some((other) => isNearlySame(wording, other.wording));
      if (isDouble || (await isKnown(layer, scope, { item, wording }))) continue;
    }
    kept.push({ item, wording });
  }
  return kept.map(({ item }) => item);
}

interface Written {
  readonly item: MemoryItem;
  readonly wording: Wording;
}

async function isKnown(layer: MemoryLayer, scope: MemoryScope, { item, wording }: Written): Promise<boolean> {
  try {
    const keep = (other: MemoryItem): boolean => isTrustedAs(other, item);
    const near = await layer.recall({ scope, text: item.text, limit: COMPARED, keep });
    return near.some((other) => other.id !== item.id && isNearlySame(wording, wordingOf(other.text)));
  } catch (error) {
    // Better twice than never: recalls say what is there twice once.
    if (BatonError.is(error) && error.code === "memory-unavailable") return false;
    throw error;
  }
}
