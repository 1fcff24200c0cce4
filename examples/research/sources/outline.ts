/** The headings above the place where a reader of a file is. */
export interface Outline {
  /** Enters the section of a heading; deeper headings before it are left. */
  enter(level: number, heading: string): void;
  readonly headings: readonly string[];
  /** Counts the headings so far. */
  readonly section: number;
}

export function outline(): Outline {
  let open: readonly { readonly level: number; readonly heading: string }[] = [];
  let section = 0;
  return {
    enter(level, heading) {
      const text = heading.replace(/\s+/gu, " ").trim();
      open = [...open.filter((entry) => entry.level < level), { level, heading: text }];
      section += 1;
    },
    get headings() {
      return open.map((entry) => entry.heading).filter((heading) => heading !== "");
    },
    get section() {
      return section;
    },
  };
}
