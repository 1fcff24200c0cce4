/** A text as it is compared with others: without case and spacing, and its words in threes. */
export interface Wording {
  readonly text: string;
  readonly shingles: ReadonlySet<string>;
}

/** Words in a row that two texts are compared by. */
const SHINGLE = 3;
/** Texts with fewer are only compared as a whole: one other word, such as a "not", changes all they say. */
const LEAST_SHINGLES = 12;
const NEARLY_SAME = 0.95;
const MOST_SHINGLES = 500;

export function wordingOf(raw: string): Wording {
  const text = raw.normalize("NFC").replace(/\s+/gu, " ").trim().toLowerCase();
  const words = text.match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  const starts = Math.min(words.length - SHINGLE + 1, MOST_SHINGLES);
  const shingles = Array.from({ length: Math.max(0, starts) }, (_, at) => words.slice(at, at + SHINGLE).join(" "));
  return { text, shingles: new Set(shingles) };
}

/** Whether two texts say the same, but for case, spacing, or a word or two of a long one. */
export function isNearlySame(one: Wording, other: Wording): boolean {
  if (one.text === other.text) return true;
  const most = Math.max(one.shingles.size, other.shingles.size);
  const least = Math.min(one.shingles.size, other.shingles.size);
  if (least < LEAST_SHINGLES || least / most < NEARLY_SAME) return false;
  let shared = 0;
  for (const shingle of one.shingles) if (other.shingles.has(shingle)) shared += 1;
  return shared / (one.shingles.size + other.shingles.size - shared) >= NEARLY_SAME;
}
