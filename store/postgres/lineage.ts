import { sha256 } from "../../core/sha256.ts";
import type { Lineage } from "../checkpoints/place.ts";

/**
 * The short name of a thread's namespace in keys: a hash, as long as a UUID, so that no row repeats a long thread id and nobody has to look
 * a number up before the first write. Ids of any characters stay apart, because the hash is made of their JSON.
 */
export function lineageId({ thread, ns }: Lineage): string {
  const hex = sha256(JSON.stringify([thread, ns]));
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
