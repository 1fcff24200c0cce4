import { createHash } from "node:crypto";

import type { MemoryItem } from "batonjs";

import { badSource, type FoundFile } from "./find.ts";
import type { Passage } from "./passages.ts";
import { readPassages } from "./read.ts";

/** One file as it was read. */
export interface SourceFile {
  /** Relative to the given source. */
  readonly file: string;
  /** Absolute, so that a resume in another folder finds it. */
  readonly path: string;
  /** SHA-256 of its bytes. */
  readonly hash: string;
}

export interface SkippedFile {
  readonly file: string;
  readonly reason: string;
}

export interface Corpus {
  /** Hash of all names, contents and sentences: equal sources have equal ids. */
  readonly id: string;
  readonly files: readonly SourceFile[];
  readonly skipped: readonly SkippedFile[];
  /** One item per sentence, ready to be remembered. */
  readonly items: readonly MemoryItem[];
}

const MOST_FILES = 5_000;
const MOST_BYTES = 64_000_000;

/** Reads files into sentences. Throws `input-invalid` when none of them could be read. */
export async function readCorpus(found: readonly FoundFile[], signal?: AbortSignal): Promise<Corpus> {
  const files: SourceFile[] = [];
  const skipped: SkippedFile[] = [];
  const read: CutFile[] = [];
  let bytes = 0;
  for (const entry of found) {
    signal?.throwIfAborted();
    bytes += entry.bytes;
    const isTooMuch = files.length >= MOST_FILES || bytes > MOST_BYTES;
    const outcome = isTooMuch
      ? {
          ok: false as const,
          reason: `the sources are larger than ${MOST_FILES} files or ${MOST_BYTES / 1_000_000} MB`,
        }
      : await readPassages(entry);
    if (!outcome.ok) {
      skipped.push({ file: entry.file, reason: outcome.reason });
      continue;
    }
    files.push({ file: entry.file, path: entry.path, hash: outcome.hash });
    read.push({ file: entry.file, hash: outcome.hash, passages: outcome.passages });
  }
  const [first] = skipped;
  if (files.length === 0 && first !== undefined) {
    const others = skipped.length === 1 ? "" : ` Neither could ${skipped.length - 1} more.`;
    throw badSource(
      `The file \`${first.file}\` could not be used: ${first.reason}.${others}`,
      "Give text files in UTF-8: Markdown, plain text or HTML.",
    );
  }
  const items = itemsOf(read);
  return { id: idOf(files, items), files, skipped, items };
}

interface CutFile {
  readonly file: string;
  readonly hash: string;
  readonly passages: readonly Passage[];
}

/** A sentence that stands word for word in several places, such as a licence, is remembered once. */
function itemsOf(files: readonly CutFile[]): readonly MemoryItem[] {
  const seen = new Set<string>();
  const headings = nearestHeadings(files);
  return files.flatMap(({ file, hash, passages }) => {
    const stem = file.replace(/\.[^.]+$/u, "").replaceAll(/[/_-]+/gu, " ");
    return passages.flatMap((passage, order): MemoryItem[] => {
      if (seen.has(passage.text)) return [];
      seen.add(passage.text);
      return [
        {
          id: `${hash.slice(0, 20)}:${order}`,
          text: passage.text,
          group: `${file}#${passage.section}`,
          order,
          // Age says nothing about a document, and equal files must give equal items.
          time: 0,
          context: [stem, ...passage.headings].join(" · "),
          meta: { file, line: passage.line, quote: passage.quote, heading: headings.of(passage) },
        },
      ];
    });
  });
}

/** A heading of so many files, such as "Usage", says nothing of one of them. */
const COMMON_HEADING_FILES = 3;

/**
 * Finds the nearest heading that says what a passage is about, as a reader says it; "" when there is none. A lone heading is the
 * title of the file, which says nothing of the passage.
 */
function nearestHeadings(files: readonly CutFile[]): { of(passage: Passage): string } {
  const spread = new Map<string, number>();
  for (const { passages } of files) {
    for (const heading of new Set(passages.flatMap((passage) => passage.headings.map(plain))))
      spread.set(heading, (spread.get(heading) ?? 0) + 1);
  }
  return {
    of({ headings }) {
      const found =
        headings.length < 2
          ? undefined
          : headings
              .map(plain)
              .findLast((heading) => heading !== "" && (spread.get(heading) ?? 0) < COMMON_HEADING_FILES);
      return found ?? "";
    },
  };
}

const LONGEST_HEADING = 50;

/** A heading without numbering, marks and what stands in brackets; "" when no words are left. */
function plain(heading: string): string {
  const text = heading
    .replace(/^(?:§\s*)?(?:\d+|[A-Z])(?:\.\d+)*[a-z]?[.):]\s+|^\d+(?:\.\d+)*[a-z]?\s+/u, "")
    .replace(/\s*\([^)]*\)$/u, "")
    .replace(/[\s:.–—-]+$/u, "")
    .trim();
  const isWords = /^[\p{L}\p{N}]/u.test(text) && !/[→|{}<>“”?？`]/u.test(text) && /\p{L}{2}|\p{Lo}/u.test(text);
  return isWords && text.length <= LONGEST_HEADING ? text : "";
}

/** Made from what was cut, not only from the files: files that are cut in another way are other sources. */
function idOf(files: readonly SourceFile[], items: readonly MemoryItem[]): string {
  const hash = createHash("sha256");
  for (const { file, hash: content } of files) hash.update(`${content} ${file}\n`);
  for (const { id, text, context, meta } of items) hash.update(JSON.stringify([id, text, context, meta]));
  return hash.digest("hex").slice(0, 32);
}
