import type { MemoryItem } from "./item.ts";

/** Which item comes before and after which inside its group; kept right while items arrive, also out of order. */
export class Neighbours {
  readonly #groups: number[][] = [];
  readonly #groupNumbers = new Map<string, number>();
  /** The group of each item. */
  readonly groupOf: number[] = [];
  /** The item before each item, -1 at the start of a group. */
  readonly before: number[] = [];
  /** The item after each item, -1 at the end of a group. */
  readonly after: number[] = [];

  /** Takes in the next item of `items`; returns the number of its group. */
  add(items: readonly MemoryItem[], item: number): number {
    const number = this.#numberOf(items[item]?.group ?? "");
    const members = (this.#groups[number] ??= []);
    this.groupOf[item] = number;
    let place = members.length;
    while (place > 0 && isLater(items, members[place - 1] ?? 0, item)) place -= 1;
    members.splice(place, 0, item);
    this.#link(members[place - 1] ?? -1, item);
    this.#link(item, members[place + 1] ?? -1);
    return number;
  }

  #numberOf(group: string): number {
    const known = this.#groupNumbers.get(group);
    if (known !== undefined) return known;
    this.#groupNumbers.set(group, this.#groupNumbers.size);
    return this.#groupNumbers.size - 1;
  }

  #link(one: number, next: number): void {
    if (one >= 0) this.after[one] = next;
    if (next >= 0) this.before[next] = one;
  }
}

function isLater(items: readonly MemoryItem[], one: number, other: number): boolean {
  return (items[one]?.order ?? 0) > (items[other]?.order ?? 0);
}
