import { createHash } from "node:crypto";

/**
 * Encodes any text as one segment of a key: letters, digits, `-`, `_` and `.` stay, all else becomes `~` and four hex digits per
 * UTF-16 unit. Two texts never share a segment, and no segment holds a separator, wildcard or brace of SQL, Redis or a path.
 */
export function keySegment(text: string): string {
  const escaped = text.replace(/[^A-Za-z0-9._-]/g, (unit) => `~${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  if (escaped.length <= LONGEST_SEGMENT) return escaped;
  // "~h" begins no escape, so a hash never looks like an encoded text.
  return `~h${createHash("sha256").update(escaped).digest("hex")}`;
}

const LONGEST_SEGMENT = 200;

/** One key out of several texts; no other list of texts gives the same key. */
export function scopeKey(...texts: readonly string[]): string {
  return texts.map(keySegment).join(":");
}
