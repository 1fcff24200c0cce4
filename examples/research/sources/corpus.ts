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
  /** Hash of all names and contents: equal sources have equal ids. */
  readonly id: string;
  readonly files: readonly SourceFile[];
  readonly skipped: readonly SkippedFile[];
  /** One item per sentence, ready to be remembered. */
  readonly items: readonly MemoryItem[];
}

const MOST_FILES = 5_000;
const MOST_BYTES = 64_000_000;
/** Raised when files are cut in another way, so that old items are not mixed with new ones. */
const CUT_VERSION = 1;

/** Reads files into sentences. Throws `input-invalid` when none of them could be read. */
export async function readCorpus(found: readonly FoundFile[], signal?: AbortSignal): Promise<Corpus> {
  const files: SourceFile[] = [];
  const skipped: SkippedFile[] = [];
  const items: MemoryItem[] = [];
  const seen = new Set<string>();
  let bytes = 0;
  for (const entry of found) {
    signal?.throwIfAborted();
    bytes += entry.bytes;
    const isTooMuch = files.length >= MOST_FILES || bytes > MOST_BYTES;
    const read = isTooMuch ? { ok: false as const, reason: `the sources are larger than ${MOST_FILES} files or ${MOST_BYTES / 1_000_000} MB` } : await readPassages(entry);
    if (!read.ok) {
      skipped.push({ file: entry.file, reason: read.reason });
      continue;
    }
    files.push({ file: entry.file, path: entry.path, hash: read.hash });
    items.push(...itemsOf(entry.file, read, seen));
  }
  const [first] = skipped;
  if (files.length === 0 && first !== undefined) {
    const others = skipped.length === 1 ? "" : ` Neither could ${skipped.length - 1} more.`;
    throw badSource(`The file \`${first.file}\` could not be used: ${first.reason}.${others}`, "Give text files in UTF-8: Markdown, plain text or HTML.");
  }
  return { id: idOf(files), files, skipped, items };
}

/** A sentence that stands word for word in several places, such as a licence, is remembered once. */
function itemsOf(file: string, { hash, passages }: { readonly hash: string; readonly passages: readonly Passage[] }, seen: Set<string>): readonly MemoryItem[] {
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
        meta: { file, line: passage.line, quote: passage.quote, heading: headingOf(passage) },
      },
    ];
  });
}

/** The nearest heading; a lone one is the title of the file, which says nothing of the passage. */
function headingOf({ headings }: Passage): string {
  return headings.length > 1 ? (headings.at(-1) ?? "") : "";
}

function idOf(files: readonly SourceFile[]): string {
  const lines = files.map(({ file, hash }) => `${hash} ${file}`).toSorted();
  return createHash("sha256").update([`cut ${CUT_VERSION}`, ...lines].join("\n")).digest("hex").slice(0, 32);
}
