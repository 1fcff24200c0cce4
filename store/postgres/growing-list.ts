import { crc32 } from "node:zlib";

/** The items of a list as they were last stored. */
export interface GrowingList {
  readonly items: readonly unknown[];
  /** What was added to the list, when `value` is this list with nothing but additions at its end. */
  tailOf(value: readonly unknown[]): readonly unknown[] | undefined;
  /** The list after it grew to `value`. */
  grown(value: readonly unknown[]): GrowingList;
}

const LOOKED_AT_AGAIN = 16;

/**
 * Knows a list that only grows without writing it out: all earlier items are the same objects at the same places. Somebody may have changed
 * one of them in place, which a graph should not do; so a few are compared by content with each growth, in turn, and a change found there
 * makes the list be stored anew.
 */
export function growingList(value: readonly unknown[]): GrowingList {
  return followList([...value], { marks: [], next: 0 });
}

interface Marks {
  /** Checksums of items that can be changed in place, as far as they were looked at. */
  readonly marks: (number | undefined)[];
  next: number;
}

function followList(items: readonly unknown[], seen: Marks): GrowingList {
  return {
    items,
    tailOf(value) {
      if (value.length < items.length) return undefined;
      if (!items.every((item, index) => item === value[index])) return undefined;
      return isUnchanged(items, seen) ? value.slice(items.length) : undefined;
    },
    grown: (value) => followList([...value], seen),
  };
}

/** Compares the newest item and some of the others with what they were when they were last looked at. */
function isUnchanged(items: readonly unknown[], seen: Marks): boolean {
  const { length } = items;
  if (length === 0) return true;
  const looked = Math.min(length, LOOKED_AT_AGAIN);
  for (let count = 0; count < looked; count += 1) {
    const index = count === 0 ? length - 1 : (seen.next + count) % length;
    if (!isSame(items, index, seen.marks)) return false;
  }
  seen.next = (seen.next + looked - 1) % length;
  return true;
}

function isSame(items: readonly unknown[], index: number, marks: (number | undefined)[]): boolean {
  const item = items[index];
  if (typeof item !== "object" || item === null) return true;
  const mark = markOf(item);
  const before = marks[index];
  marks[index] = mark;
  return before === undefined || before === mark;
}

function markOf(item: object): number | undefined {
  try {
    return crc32(JSON.stringify(item));
  } catch {
    // Nothing that JSON can write, such as a cycle: the strict codec decides about it.
    return undefined;
  }
}
