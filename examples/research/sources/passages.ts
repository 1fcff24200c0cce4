import type { Block } from "./block.ts";
import { isWholeSentence, sentencesOf, type Span } from "./sentences.ts";

/** One whole sentence of a file, or the row of a table, and the words that prove it. */
export interface Passage {
  /** The sentence as people read it: wrapped lines joined, inline marks taken away. */
  readonly text: string;
  /** A piece of the sentence exactly as it stands on one physical line of the raw file. */
  readonly quote: string;
  /** The physical line of the quote, counted from 1. */
  readonly line: number;
  readonly headings: readonly string[];
  readonly section: number;
}

/** Cuts the blocks of a file into whole sentences, each with its quote and line. */
export function passagesOf(blocks: readonly Block[], raw: string): readonly Passage[] {
  const lineStarts = startsOfLines(raw);
  return blocks.flatMap((block) =>
    spansOf(block, raw).flatMap((span) => {
      const text = block.text.slice(span.from, span.to);
      const piece = longestPiece(block, span, raw);
      if (piece === undefined) return [];
      return [
        {
          text,
          quote: raw.slice(piece.from, piece.to),
          line: lineAt(lineStarts, piece.from),
          headings: block.headings,
          section: block.section,
        },
      ];
    }),
  );
}

function spansOf(block: Block, raw: string): readonly Span[] {
  const { text, kind } = block;
  if (kind === "row") return [{ from: 0, to: text.length }];
  return sentencesOf(text).filter(
    (span) => isWholeSentence(text.slice(span.from, span.to), kind) && !isRunIn(block, span, raw),
  );
}

/** A heading set in bold before the text of its own paragraph says what follows, and nothing of it. */
function isRunIn(block: Block, { from, to }: Span, raw: string): boolean {
  const isAlone = block.text.slice(to).trim() === "";
  const opening = block.edges.find((edge) => edge.from === from && edge.to === to);
  return !isAlone && opening !== undefined && /^(?:\*\*|__|<b>|<strong>)/iu.test(raw.slice(opening.rawFrom));
}

const SHORTEST_QUOTE = 8;

/** The longest part of the sentence that stands unbroken on one line of the file. */
function longestPiece(block: Block, span: Span, raw: string): Span | undefined {
  const { from, to } = rawSpan(block, span);
  const places = (block.quotable ?? [{ from, to }]).map((place) => ({
    from: Math.max(place.from, from),
    to: Math.min(place.to, to),
  }));
  const pieces = places.flatMap((place) => piecesByLine(raw, place));
  const longest = pieces.reduce((best, piece) => (piece.to - piece.from > best.to - best.from ? piece : best), {
    from,
    to: from,
  });
  return longest.to - longest.from >= Math.min(SHORTEST_QUOTE, span.to - span.from) ? longest : undefined;
}

function rawSpan(block: Block, { from, to }: Span): Span {
  const opening = block.edges.filter((edge) => edge.from === from && edge.to <= to).map((edge) => edge.rawFrom);
  const closing = block.edges.filter((edge) => edge.to === to && edge.from >= from).map((edge) => edge.rawTo);
  const first = block.offsets[from] ?? 0;
  const last = block.offsets[to - 1] ?? first;
  return { from: Math.min(first, ...opening), to: Math.max(last + 1, ...closing) };
}

function piecesByLine(raw: string, { from, to }: Span): readonly Span[] {
  const pieces: Span[] = [];
  let start = from;
  for (const line of raw.slice(from, to).split(/(?<=[\r\n])/u)) {
    // What indents a line, or marks a wrapped one as quoted, belongs to the layout and not to the sentence.
    const indent = (start === from ? /^[\s,;:.)\]]*/u : /^[\s>]*/u).exec(line)?.[0].length ?? 0;
    const end = start + line.trimEnd().length;
    if (end > start + indent) pieces.push({ from: start + indent, to: end });
    start += line.length;
  }
  return pieces;
}

function startsOfLines(raw: string): readonly number[] {
  const starts = [0];
  for (let at = raw.indexOf("\n"); at !== -1; at = raw.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}
