import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";

import type { Block } from "./block.ts";
import { codeOf, type FoundFile } from "./find.ts";
import { htmlBlocks } from "./html.ts";
import { markdownBlocks } from "./markdown.ts";
import { type Passage, passagesOf } from "./passages.ts";
import { plainTextBlocks } from "./plain-text.ts";

export type ReadFile =
  | { readonly ok: true; readonly hash: string; readonly passages: readonly Passage[] }
  | { readonly ok: false; readonly reason: string };

/** What lies behind a path: the raw text with `\n` line ends and the hash of the file's bytes, or why it is not text. */
export type RawText =
  | { readonly ok: true; readonly hash: string; readonly text: string }
  | { readonly ok: false; readonly reason: string };

export const LARGEST_FILE_BYTES = 4_000_000;

/** Reads a file and cuts it into sentences; a file that is no text comes back with the reason. */
export async function readPassages({ path, bytes }: FoundFile): Promise<ReadFile> {
  if (bytes > LARGEST_FILE_BYTES)
    return { ok: false, reason: `it is larger than ${LARGEST_FILE_BYTES / 1_000_000} MB` };
  const raw = await readRaw(path);
  if (!raw.ok) return raw;
  const blocks = blocksOf(path, raw.text);
  if (blocks === undefined) return { ok: false, reason: "it is nested too deeply" };
  return { ok: true, hash: raw.hash, passages: passagesOf(blocks, raw.text) };
}

/** Reads a file as UTF-8 text. */
export async function readRaw(path: string): Promise<RawText> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    return {
      ok: false,
      reason:
        code === "ENOENT"
          ? path.includes("\uFFFD")
            ? "its name is not valid UTF-8"
            : "it is gone"
          : code === "EACCES" || code === "EPERM"
            ? "it may not be read"
            : `it could not be read (${code})`,
    };
  }
  const text = decode(bytes);
  if (text === undefined)
    return { ok: false, reason: bytes.includes(0) ? "it is not a text file" : "it is not valid UTF-8" };
  return { ok: true, hash: createHash("sha256").update(bytes).digest("hex"), text };
}

function decode(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).replaceAll("\r\n", "\n");
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function blocksOf(path: string, text: string): readonly Block[] | undefined {
  try {
    switch (extname(path).toLowerCase()) {
      case ".html":
      case ".htm":
        return htmlBlocks(text);
      case ".txt":
        return plainTextBlocks(text);
      default:
        return markdownBlocks(text);
    }
  } catch (error) {
    // The parsers call themselves for each level of nesting.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
