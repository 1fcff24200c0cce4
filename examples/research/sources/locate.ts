/** A quote as it really stands in a file. */
export interface Located {
  readonly quote: string;
  /** Physical line, counted from 1. */
  readonly line: number;
}

export interface Claimed {
  readonly quote: string;
  readonly line: number;
}

/** How many lines a sentence may be wrapped over, and a model may be off by. */
const NEARBY_LINES = 3;
const SHORTEST_QUOTE = 8;

/**
 * Finds the quoted words at the place they are said to be, or undefined when they are not there.
 *
 * A model copies a sentence as it reads, without marks and joined over lines; then the answer is the longest raw piece of it that
 * stands on one line.
 */
export function locateQuote(raw: string, { quote, line }: Claimed): Located | undefined {
  const lines = raw.split("\n");
  const words = quote.trim();
  if (!Number.isInteger(line) || line < 1 || line > lines.length || words.length < SHORTEST_QUOTE) return undefined;
  if (lines[line - 1]?.includes(words) === true) return { quote: words, line };
  const first = Math.max(0, line - 1 - NEARBY_LINES);
  const shown = readable(lines.slice(first, line + NEARBY_LINES));
  const wanted = readable([words]).text.trim();
  const from = wanted.length < SHORTEST_QUOTE ? -1 : nearest(shown, wanted, line - 1 - first);
  if (from === -1) return undefined;
  return longestOnOneLine(lines, { shown: shown.places.slice(from, from + wanted.length), first });
}

interface Place {
  readonly row: number;
  readonly column: number;
}

interface Readable {
  readonly text: string;
  readonly places: readonly Place[];
}

// What a reader does not see: emphasis and code marks, link targets, tags, quote marks at the start of a line.
const UNSEEN = /^[\s>]+|\\(?=[!-/:-@[-`{-~])|\]\([^)\s]*\)|\]\[[^\]]*\]|[*_`~[\]]|<\/?[a-z][^>]*>/giu;
const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&nbsp;": " ",
};

function readable(lines: readonly string[]): Readable {
  let text = "";
  const places: Place[] = [];
  function add(char: string, place: Place): void {
    const isSpace = /\s/u.test(char);
    if (isSpace && (text === "" || text.endsWith(" "))) return;
    text += isSpace ? " " : char;
    places.push(place);
  }
  for (const [row, line] of lines.entries()) {
    const hidden = new Set(
      [...line.matchAll(UNSEEN)].flatMap(({ index, 0: mark }) =>
        Array.from({ length: mark.length }, (_, at) => index + at),
      ),
    );
    for (let column = 0; column < line.length; column += 1) {
      if (hidden.has(column)) continue;
      const entity = Object.keys(ENTITIES).find((name) => line.startsWith(name, column));
      add(entity === undefined ? (line[column] ?? "") : (ENTITIES[entity] ?? ""), { row, column });
      if (entity !== undefined) column += entity.length - 1;
    }
    add(" ", { row, column: line.length });
  }
  return { text, places };
}

/** The occurrence that begins closest to the claimed line. */
function nearest({ text, places }: Readable, wanted: string, row: number): number {
  let best = -1;
  let distance = Number.POSITIVE_INFINITY;
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
    const away = Math.abs((places[at]?.row ?? 0) - row);
    if (away < distance) [best, distance] = [at, away];
  }
  return best;
}

function longestOnOneLine(
  lines: readonly string[],
  { shown, first }: { readonly shown: readonly Place[]; readonly first: number },
): Located | undefined {
  const rows = Map.groupBy(shown, (place) => place.row);
  const pieces = [...rows].map(([row, places]) => {
    const text = lines[first + row] ?? "";
    const from = places[0]?.column ?? 0;
    return { quote: text.slice(from, (places.at(-1)?.column ?? from) + 1).trim(), line: first + row + 1 };
  });
  const longest = pieces.reduce<Located | undefined>(
    (best, piece) => (best === undefined || piece.quote.length > best.quote.length ? piece : best),
    undefined,
  );
  return longest !== undefined && longest.quote.length >= SHORTEST_QUOTE ? longest : undefined;
}
