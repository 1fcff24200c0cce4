/** A paragraph as people read it, with the place of every character in the raw file. */
export interface Block {
  readonly text: string;
  /** Offset in the raw file of each character of `text`. */
  readonly offsets: readonly number[];
  /** Marks around pieces of the text, such as `**`: a quote that takes the whole piece may take its marks too. */
  readonly edges: readonly Edge[];
  /** The raw places a quote may be taken from, where not all are: the text between HTML tags. */
  readonly quotable: readonly RawSpan[] | undefined;
  /** The headings above the block, outermost first. */
  readonly headings: readonly string[];
  /** Counts the sections of a file: blocks under the same heading share it. */
  readonly section: number;
  /** A list item or table cell may be a sentence without a full stop at its end; a paragraph's sentence may not. A row is one piece. */
  readonly kind: "paragraph" | "item" | "cell" | "row";
}

export interface RawSpan {
  readonly from: number;
  readonly to: number;
}

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly rawFrom: number;
  readonly rawTo: number;
}

export interface BlockText {
  readonly length: number;
  /** Appends one raw character that reads as `reading`; runs of white space become one space. */
  add(reading: string, offset: number): void;
  /** Says that the text since `from` stands between `rawFrom` and `rawTo`, its marks included. */
  edge(from: number, rawFrom: number, rawTo: number): void;
  /** Allows quotes from this raw place; once called, quotes come from such places only. */
  quotable(span: RawSpan): void;
  finish(place: Pick<Block, "headings" | "section" | "kind">): Block;
}

/** Collects the readable text of one block while its raw places are known. */
export function blockText(): BlockText {
  // Joined once: looking at the end of a text that grows by a character copies all of it each time.
  const shownParts: string[] = [];
  let endsInSpace = true;
  const offsets: number[] = [];
  const edges: Edge[] = [];
  const quotable: RawSpan[] = [];
  return {
    get length() {
      return offsets.length;
    },
    add(reading, offset) {
      const isSpace = /^\s+$/u.test(reading);
      if (isSpace && endsInSpace) return;
      const shown = isSpace ? " " : reading;
      shownParts.push(shown);
      endsInSpace = shown.endsWith(" ");
      for (let index = 0; index < shown.length; index += 1) offsets.push(offset);
    },
    edge(from, rawFrom, rawTo) {
      if (offsets.length > from) edges.push({ from, to: offsets.length, rawFrom, rawTo });
    },
    quotable: (span) => quotable.push(span),
    finish: (place) => ({
      text: shownParts.join(""),
      offsets,
      edges,
      quotable: quotable.length === 0 ? undefined : quotable,
      ...place,
    }),
  };
}

/** Appends a text node: its value is the raw text after escapes, entities, indentation and quote marks were taken away. */
export function addAligned(block: BlockText, value: string, raw: RawSpan & { readonly text: string }): void {
  let at = raw.from;
  for (let index = 0; index < value.length; index += 1) {
    const char = value[index] ?? "";
    const entity = raw.text[at] === "&" ? ENTITY.exec(raw.text.slice(at, at + LONGEST_ENTITY))?.[0] : undefined;
    if (entity !== undefined && at + entity.length <= raw.to) {
      block.add(char, at);
      // Some entities stand for a pair of code units.
      if (isPairStart(char)) block.add(value[(index += 1)] ?? "", at);
      at += entity.length;
      continue;
    }
    const found = nextIndexOf(raw.text, char, { from: at, to: raw.to });
    block.add(char, Math.min(found ?? at, raw.to - 1));
    if (found !== undefined) at = found + 1;
  }
}

const ENTITY = /^&(?:#\d+|#x[\da-f]+|[a-z][a-z\d]*);/i;
const LONGEST_ENTITY = 34;
/** Indentation, quote marks and a backslash are the most that can stand before the next character. */
const LONGEST_GAP = 200;

function nextIndexOf(
  text: string,
  char: string,
  { from, to }: { readonly from: number; readonly to: number },
): number | undefined {
  const isSpace = /\s/u.test(char);
  for (let at = from; at < Math.min(to, from + LONGEST_GAP); at += 1) {
    const candidate = text[at] ?? "";
    if (candidate === char || (isSpace && /\s/u.test(candidate))) return at;
  }
  return undefined;
}

function isPairStart(char: string): boolean {
  return /[\ud800-\udbff]/.test(char);
}
