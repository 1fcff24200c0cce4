import { sha256 } from "./sha256.ts";

/** A text that is safe in any key; only `keySegment` makes one. */
export type KeySegment = string & { readonly keySegment: unique symbol };

/**
 * Encodes any text as one segment of a key: letters, digits, `-`, `_` and `.` stay, all else becomes `~` and four hex digits per
 * UTF-16 unit. Two texts never share a segment, and no segment holds a separator, wildcard or brace of SQL, Redis or a path.
 */
export function keySegment(text: string): KeySegment {
  const escaped = text.replace(/[^A-Za-z0-9._-]/g, (unit) => `~${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  // "~h" begins no escape, so a hash never looks like an encoded text.
  const segment = escaped.length <= LONGEST_SEGMENT ? escaped : `~h${sha256(escaped)}`;
  return segment as KeySegment;
}

const LONGEST_SEGMENT = 200;

/** One key out of several texts; no other list of texts gives the same key. */
export function scopeKey(...texts: readonly string[]): string {
  return texts.map(keySegment).join(":");
}
