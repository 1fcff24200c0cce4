import { fenceData, withoutHidden } from "../core/fence.ts";
import type { RecalledItem } from "./item.ts";

/**
 * The recalled items as one block of data for a prompt: a line per item with its source, between two markers that cannot occur in
 * the lines. Equal items give equal text; no items give "".
 */
export function fence(items: readonly RecalledItem[]): string {
  if (items.length === 0) return "";
  return fenceData("recalled", items.map((item) => `[${sourceOf(item)}] ${oneLine(item.text)}`).join("\n"));
}

/** Where the item is from: file and line of a document, speaker and day of a conversation, else its layer and id. */
function sourceOf({ id, layer, meta, time }: RecalledItem): string {
  const { file, line, speaker } = meta;
  if (typeof file === "string") return label(typeof line === "number" ? `${file}:${line}` : file);
  if (typeof speaker === "string") return label(`${speaker}, ${dayOf(time)}`);
  return label(`${layer} ${id}`);
}

const LAST_TIME = 8.64e15;

function dayOf(time: number): string {
  return Math.abs(time) <= LAST_TIME ? new Date(time).toISOString().slice(0, 10) : "unknown day";
}

function label(text: string): string {
  return oneLine(text).replace(/[[\]]/g, (bracket) => (bracket === "[" ? "(" : ")"));
}

/** A line break would let a text pass for an item of its own. */
function oneLine(text: string): string {
  return withoutHidden(text.toWellFormed().replace(/[\s\p{Cc}]+/gu, " ")).trim();
}
