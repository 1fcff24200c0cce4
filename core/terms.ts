import { stem } from "./stem.ts";

/**
 * The search terms of a text, in reading order: lower-case, without accents and English stop words, stemmed.
 * Scripts that write no spaces are cut into overlapping pieces, so that every text in letters or digits yields terms.
 */
export function terms(text: string): string[] {
  const found: string[] = [];
  if (ASCII.test(text)) {
    for (const [word] of text.toLowerCase().matchAll(ASCII_WORD)) addWord(found, word);
    return found;
  }
  for (const { 0: run, groups } of folded(text).matchAll(RUN)) addRun(found, run, groups);
  return found;
}

const ASCII = /^\p{ASCII}*$/u;
const ASCII_WORD = /[a-z0-9]+/g;

// Scripts without spaces between words. Pieces of fixed length are the same on every machine; word dictionaries differ by ICU version.
const UNSPACED = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u30fc\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}`;
const RUN = new RegExp(
  [
    String.raw`(?<han>\p{Script=Han}+)`,
    String.raw`(?<hiragana>\p{Script=Hiragana}+)`,
    String.raw`(?<katakana>[\p{Script=Katakana}\u30fc]+)`,
    String.raw`(?<hangul>\p{Script=Hangul}+)`,
    String.raw`(?<seasian>[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+)`,
    // A mark alone, such as the colour selector after a sign, is no word.
    String.raw`(?![${UNSPACED}])[\p{L}\p{N}](?:(?![${UNSPACED}])[\p{L}\p{N}\p{M}])*`,
  ].join("|"),
  "gu",
);

const FOLDED_LETTERS: ReadonlyMap<string, string> = new Map([
  ["ß", "ss"],
  ["æ", "ae"],
  ["œ", "oe"],
  ["ø", "o"],
  ["ł", "l"],
  ["đ", "d"],
  ["ı", "i"],
  ["™", " "],
  ["℠", " "],
]);

function folded(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/[ßæœøłđı™℠]/g, (letter) => FOLDED_LETTERS.get(letter) ?? letter)
      .normalize("NFKD")
      // Latin, Greek and Cyrillic accents; Hebrew and Arabic vowel signs, which are written only now and then; the Arabic stretch.
      .replace(/[\u0300-\u036f\u0591-\u05c7\u0640\u064b-\u065f\u0670]/g, "")
      .normalize("NFC")
      .toLowerCase()
  );
}

interface RunScript {
  readonly [script: string]: string | undefined;
}

function addRun(found: string[], run: string, script: RunScript = {}): void {
  if (script["han"] !== undefined) {
    // One sign is often a whole word.
    found.push(...pieces(run, 1), ...pieces(run, 2));
  } else if (script["hiragana"] !== undefined) {
    // A single sign is a particle: a stop word.
    found.push(...pieces(run, 2));
  } else if (script["hangul"] !== undefined) {
    found.push(...orWhole(run, 2));
  } else if (script["seasian"] !== undefined) {
    found.push(...orWhole(run, 3));
  } else {
    addWord(found, run);
  }
}

function orWhole(run: string, size: number): readonly string[] {
  const cut = pieces(run, size);
  return cut.length === 0 ? [run] : cut;
}

function pieces(run: string, size: number): readonly string[] {
  const signs = Array.from(run);
  return signs.slice(size - 1).map((_, start) => signs.slice(start, start + size).join(""));
}

/** What is longer is no word but data, such as a key in base64. */
const LONGEST_WORD = 64;

function addWord(found: string[], word: string): void {
  if (STOP_WORDS.has(word)) return;
  found.push(word.length > LONGEST_WORD ? word.slice(0, LONGEST_WORD) : ENGLISH.test(word) ? stem(word) : word);
}

const ENGLISH = /^[a-z0-9]+$/;

const STOP_WORDS: ReadonlySet<string> = new Set(
  `a an the and or but if of to in on at by for with from as is are was were be been being am do does did done doing have has had having
  i me my mine we us our you your yours he him his she her hers it its they them their this that these those there here what which who
  whom whose when where why how would could should will shall can may might must not no nor so than too very just also about into over
  after before up down out off again then once s t d ll m re ve didn don doesn isn wasn won couldn wouldn shouldn haven hasn hadn aren
  weren oh hey yeah ok`.split(/\s+/),
);
