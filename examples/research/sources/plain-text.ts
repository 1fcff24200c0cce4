import { addAligned, type Block, blockText } from "./block.ts";
import { outline } from "./outline.ts";

/** The paragraphs and list items of a plain text file; underlined and lone short lines count as headings. */
export function plainTextBlocks(raw: string): readonly Block[] {
  const blocks: Block[] = [];
  const place = outline();
  for (const { from, to, isItem } of paragraphsOf(raw)) {
    const value = raw.slice(from, to);
    const heading = headingOf(value);
    if (heading !== undefined) {
      place.enter(1, heading);
      continue;
    }
    const text = blockText();
    addAligned(text, value, { text: raw, from, to });
    blocks.push(text.finish({ headings: place.headings, section: place.section, kind: isItem ? "item" : "paragraph" }));
  }
  return blocks;
}

interface Paragraph {
  readonly from: number;
  readonly to: number;
  readonly isItem: boolean;
}

const BULLET = /^[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+/u;

function paragraphsOf(raw: string): readonly Paragraph[] {
  const found: Paragraph[] = [];
  let open: Paragraph | undefined;
  let at = 0;
  for (const line of raw.split("\n")) {
    const bullet = BULLET.exec(line)?.[0].length ?? 0;
    const isBlank = line.trim() === "";
    if (open !== undefined && (isBlank || bullet > 0)) {
      found.push(open);
      open = undefined;
    }
    if (!isBlank) open = { from: open?.from ?? at + bullet, to: at + line.length, isItem: open?.isItem ?? bullet > 0 };
    at += line.length + 1;
  }
  return open === undefined ? found : [...found, open];
}

const LONGEST_HEADING = 80;

function headingOf(value: string): string | undefined {
  const [first = "", second = "", ...rest] = value.split("\n");
  const isUnderlined = rest.length === 0 && /^\s*(?:={3,}|-{3,}|~{3,}|\*{3,})\s*$/u.test(second);
  const isAlone = second === "" && first.length <= LONGEST_HEADING && !/[.!?:;,。！？…]\s*$/u.test(first);
  return isUnderlined || isAlone ? first.trim() : undefined;
}
