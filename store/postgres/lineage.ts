import { sha256 } from "../../core/sha256.ts";
import type { Lineage } from "../checkpoints/place.ts";

/**
 * The short name of a thread's namespace in keys: a hash, as long as a UUID, so that no row repeats a long thread id and nobody has to look
 * a number up before the first write. Ids of any characters stay apart, because the hash is made of their JSON.
 */
export function lineageId({ thread, ns }: Lineage): string {
  const text = JSON.stringify([thread, ns]);
  const known = recent.get(text);
  if (known !== undefined) return known;
  const hex = sha256(text);
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
  if (recent.size >= MOST_RECENT) recent.clear();
  recent.set(text, id);
  return id;
}

/** A step asks several times for the same one. */
const recent = new Map<string, string>();
const MOST_RECENT = 1_000;
