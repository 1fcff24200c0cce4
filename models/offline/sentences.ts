/**
 * Cuts a plain or Markdown text into whole sentences, in reading order. Wrapped lines are joined. Code blocks, headings, table rows,
 * rules and front matter are left out, list markers and quote marks are taken away, and so is what cannot stand alone, such as `Example:`.
 */
export function sentencesOf(text: string): readonly string[] {
  return paragraphsOf(text).flatMap((paragraph) => split(paragraph).filter(standsAlone));
}

function paragraphsOf(text: string): readonly string[] {
  const paragraphs: string[][] = [[]];
  let fence: string | undefined;
  for (const line of withoutFrontMatter(text).split(/\r\n|[\n\r\u2028\u2029]/u)) {
    const mark = FENCE.exec(line)?.[1];
    if (mark !== undefined && (fence === undefined || mark.startsWith(fence))) {
      fence = fence === undefined ? mark : undefined;
      paragraphs.push([]);
    } else if (fence === undefined) {
      addLine(paragraphs, line);
    }
  }
  return paragraphs
    .map((lines) => lines.join(" ").replace(/\s+/gu, " ").trim())
    .filter((paragraph) => paragraph !== "");
}

const FENCE = /^\s{0,3}(```+|~~~+)/u;

function withoutFrontMatter(text: string): string {
  return text.replace(/^\uFEFF?---\r?\n[\s\S]*?\r?\n---(?:\r?\n|$)/u, "");
}

function addLine(paragraphs: string[][], line: string): void {
  if (SETEXT_UNDERLINE.test(line)) paragraphs.pop();
  if (SETEXT_UNDERLINE.test(line) || NO_PROSE.test(line)) {
    paragraphs.push([]);
    return;
  }
  const bare = line.replace(QUOTE_MARKS, "").replace(LIST_MARK, "");
  if (LIST_MARK.test(line.replace(QUOTE_MARKS, ""))) paragraphs.push([]);
  paragraphs.at(-1)?.push(bare);
}

const SETEXT_UNDERLINE = /^\s{0,3}(?:={3,}|-{3,})\s*$/u;
/** Blank lines, headings, table rows, rules, comments, link definitions, lines that are one image or link. */
const NO_PROSE = /^\s*(?:$|#{1,6}\s|\|.*\||[*_-](?:\s*[*_-]){2,}\s*$|<!--|\[[^\]]+\]:\s|!?\[[^\]]*\]\([^)]*\)\s*$)/u;
const QUOTE_MARKS = /^\s*(?:>\s?)+/u;
const LIST_MARK = /^\s*(?:[-*+•‣]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?/u;

const SEGMENTER = new Intl.Segmenter("en", { granularity: "sentence" });

function split(paragraph: string): readonly string[] {
  const sentences: string[] = [];
  for (const { segment } of SEGMENTER.segment(paragraph)) {
    const last = sentences.at(-1);
    if (last === undefined) {
      sentences.push(segment);
      continue;
    }
    // The end of bold text belongs to the sentence that it closes: "**Never.** Then …" is cut before the second mark.
    const closing = /^[*_"'”’)\]]+(?=\s)/u.exec(segment)?.[0] ?? "";
    const rest = segment.slice(closing.length);
    const before = last.trimEnd() + closing;
    if (goesOn(last, rest.trimStart())) sentences[sentences.length - 1] = last + segment;
    else sentences.splice(-1, 1, closing === "" ? last : before, rest);
  }
  return sentences.map((sentence) => sentence.trim());
}

const LONGEST_INSERTION = 300;
const LONGEST_SENTENCE = 2000;
const LONGEST_ABBREVIATION = 16;

/** Unicode's rules end a sentence too early after abbreviations and inside brackets, quotation marks and code. */
function goesOn(sentence: string, next: string): boolean {
  if (sentence.length > LONGEST_SENTENCE) return false;
  if (ENDS_IN_ABBREVIATION.test(sentence.slice(-LONGEST_ABBREVIATION)) || /^[\p{Ll},;:)\]}”»]/u.test(next)) return true;
  if (sentence.length > LONGEST_INSERTION) return false;
  return INSERTIONS.some(([open, close]) => {
    const opened = count(sentence, open);
    return (open === close ? opened % 2 === 1 : opened > count(sentence, close)) && next.includes(close);
  });
}

const INSERTIONS = [
  ["`", "`"],
  ["(", ")"],
  ['"', '"'],
  ["“", "”"],
  ["«", "»"],
] as const;

const ENDS_IN_ABBREVIATION =
  /(?:^|[\s(["'“„])(?:e\.g|i\.e|cf|vs|etc|approx|no|fig|figs|eq|sec|ch|vol|ed|al|dr|mr|mrs|ms|prof|st|jr|sr|inc|ltd|corp|dept|max|min|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|z\.\s?b|bzw|usw|ca|nr|vgl|\p{L}|v\d+)\.\s*$/iu;

function count(text: string, mark: string): number {
  return text.split(mark).length - 1;
}

/** Tells a sentence from a label, a fragment or data. */
function standsAlone(sentence: string): boolean {
  const letters = sentence.match(/\p{L}/gu)?.length ?? 0;
  const words = sentence.match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
  const isUnspaced = UNSPACED.test(sentence);
  if (letters < sentence.length / 2 || !(words >= 3 || (isUnspaced && letters >= 6))) return false;
  if (/[:,;]$/u.test(sentence) || sentence.includes("``") || count(sentence, "`") % 2 === 1) return false;
  return ENDS.test(sentence) || words >= SHORTEST_WITHOUT_END || isUnspaced;
}

const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
const ENDS = /[.!?。！？…][\s"'”’»)\]`*_]*$/u;
const SHORTEST_WITHOUT_END = 5;
