/** Where a sentence lies in a text. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Cuts a text into sentences: Unicode's rules, mended for abbreviations, initials and sentences that begin with code. */
export function sentencesOf(text: string): readonly Span[] {
  const spans: Span[] = [];
  for (const { segment, index } of SEGMENTER.segment(text)) {
    const last = spans.at(-1);
    const isContinued = last !== undefined && (isOpen(text, last) || endsInAbbreviation(text, last));
    if (isContinued) spans[spans.length - 1] = { from: last.from, to: index + segment.length };
    else spans.push({ from: index, to: index + segment.length });
  }
  return spans
    .flatMap((span) => splitBeforeCode(text, span))
    .map((span) => trimmed(text, span))
    .filter(({ from, to }) => to > from);
}

const SEGMENTER = new Intl.Segmenter("en", { granularity: "sentence" });
/** True when the span ends inside code, quotation marks or brackets that the text closes soon after. */
function isOpen(text: string, { from, to }: Span): boolean {
  const part = text.slice(from, to);
  const rest = text.slice(to, to + LONGEST_INSERTION);
  return PAIRS.some(([open, close]) => {
    const opened = part.split(open).length - 1;
    const isInside = open === close ? opened % 2 === 1 : opened > part.split(close).length - 1;
    return isInside && rest.includes(close);
  });
}

const PAIRS = [
  ["`", "`"],
  ['"', '"'],
  ["(", ")"],
  ["“", "”"],
  ["„", "“"],
  ["«", "»"],
] as const;
const LONGEST_INSERTION = 240;

function endsInAbbreviation(text: string, { from, to }: Span): boolean {
  return ENDS_IN_ABBREVIATION.test(text.slice(Math.max(from, to - LONGEST_ABBREVIATION), to));
}

const LONGEST_ABBREVIATION = 16;
// A dot after one of these, or after a single letter (an initial, "z. B.", "т. е."), does not end a sentence.
const ENDS_IN_ABBREVIATION =
  /(?:^|[\s([„"“'`])(?:e\.g|i\.e|cf|vs|etc|resp|approx|no|nos|fig|figs|eq|sec|ch|vol|ed|eds|al|dr|mr|mrs|ms|prof|st|jr|sr|inc|ltd|co|dept|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|bzw|usw|ca|nr|evtl|ggf|inkl|exkl|vgl|sog|abb|bd|hrsg|str|mio|mrd|env|max|min|p\.\s?ex|см|стр|рис|табл|др|пр|напр|тыс|млн|\p{L})\.\s*$/iu;

/** Unicode does not end a sentence before a lower-case letter, but code often begins one: "It stops. `resume` goes on." */
function splitBeforeCode(text: string, { from, to }: Span): readonly Span[] {
  const spans: Span[] = [];
  let start = from;
  for (const match of text.slice(from, to).matchAll(BEFORE_CODE)) {
    const end = from + match.index + match[0].length;
    const part = { from: start, to: end };
    if (isOpen(text, part) || endsInAbbreviation(text, part)) continue;
    spans.push(part);
    start = end;
  }
  return [...spans, { from: start, to }];
}

const BEFORE_CODE = /[.!?]["'”’)]*\s+(?=[`“"(]?`)/gu;

function trimmed(text: string, { from, to }: Span): Span {
  const part = text.slice(from, to);
  return { from: from + (part.length - part.trimStart().length), to: to - (part.length - part.trimEnd().length) };
}

/** Tells a sentence that can stand alone from a label, a fragment, or data. */
export function isWholeSentence(text: string, kind: "paragraph" | "item" | "cell"): boolean {
  if (text.length > LONGEST_SENTENCE || LEFTOVER_MARKUP.test(text)) return false;
  const words = text.match(WORD)?.length ?? 0;
  const signs = text.match(UNSPACED_SIGN)?.length ?? 0;
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  if (letters < text.length / 2 || isMostlyCode(text) || hasOpenBracket(text)) return false;
  const isLong = words + signs / 2 >= (kind === "cell" ? SHORTEST_CELL : SHORTEST_SENTENCE);
  return (
    isLong &&
    BEGINS.test(text) &&
    (ENDS.test(text) || (kind === "item" && words + signs / 2 >= SHORTEST_BARE_ITEM && !ENDS_OPEN.test(text)))
  );
}

/** What opens a bracket and never closes it was cut off. */
function hasOpenBracket(text: string): boolean {
  const prose = text.replace(/`[^`]*`/gu, "");
  return prose.split("(").length > prose.split(")").length;
}

/** A list of commands or the shape of a document is no statement. */
function isMostlyCode(text: string): boolean {
  return text.replace(/`[^`]*`/gu, "").length < text.length * SMALLEST_PROSE;
}

const SMALLEST_PROSE = 0.35;
const LONGEST_SENTENCE = 600;
const SHORTEST_SENTENCE = 4;
const SHORTEST_CELL = 5;
const SHORTEST_BARE_ITEM = 7;
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}'’_.-]*/gu;
const UNSPACED_SIGN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu;
const LEFTOVER_MARKUP = /\{"|\{\{|\}\}|<\/|\]\(|\$\{|={4,}|-{4,}|\|.*\|/u;
/** A capital, a digit, code, or a letter of a script without case. What begins with a bracket is an aside. */
const BEGINS = /^(?:["'“‘„«»¿¡「『]*(?:[\p{Lu}\p{Lt}\p{N}`]|(?!\p{Ll})\p{L})|[a-z]+[A-Z_.\d(])/u;
const ENDS = /[.!?。！？…]["'”’»)\]」』`*_]*$/u;
const ENDS_OPEN = /(?:[:,;–—-]|\b(?:and|or|the|a|an|of|to|with|und|oder|et|ou))$/iu;
