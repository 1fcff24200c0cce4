import { closeSync, type Dirent, fstatSync, openSync, readFileSync } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";

import { BatonError } from "../core/errors.ts";
import { blobId } from "./blob.ts";
import { readCommitted, readStoredAsLf, type CommittedFiles } from "./committed.ts";
import { decodeText, LARGEST_FILE_BYTES, tooLarge } from "./decode.ts";
import { PromptError } from "./prompt-error.ts";
import type { PromptFile, PromptSource, RefusedFile } from "./source.ts";
import { prepareParser } from "./template.ts";

/** More files are no prompt folder. */
export const MOST_FILES = 10_000;
const DEEPEST_FOLDER = 16;

/**
 * Prompt files of a folder, as they are on disk now. Links that leave the folder are refused unread; without Git, or with changes that are
 * not committed, files are dirty.
 */
export function folderSource(root: string): PromptSource {
  const shownRoot = shownFolder(root);
  const show = (path: string): string => `${shownRoot}${path}`;
  return { show, files: () => readFolder(root, show) };
}

interface FoundFile {
  readonly path: string;
  readonly bytes: Buffer;
}

async function readFolder(
  root: string,
  show: (path: string) => string,
): Promise<readonly (PromptFile | RefusedFile)[]> {
  const folder = await realFolder(root);
  const committing = readCommitted(folder);
  const paths = await listFolder({ folder, show, depth: 0 }, "");
  const found = paths.map((path) => (typeof path === "string" ? readOne(folder, path, show) : path));
  // Git is still at work.
  prepareParser();
  const committed = await committing;
  const uncommitted = found.flatMap((file) =>
    "bytes" in file && file.bytes.includes("\r\n") && !matches(file, committed) ? [file.path] : [],
  );
  const storedAsLf = uncommitted.length === 0 ? new Set<string>() : await readStoredAsLf(folder, uncommitted);
  const files = found.map((file) => ("bytes" in file ? toPromptFile(file, { committed, storedAsLf, show }) : file));
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function realFolder(root: string): Promise<string> {
  try {
    return await realpath(root);
  } catch (error) {
    throw new BatonError("config-invalid", `The prompt folder \`${root}\` cannot be read.`, {
      hint: "Create it, or set `prompts` in baton.config.ts to the folder that holds the `.prompt` files.",
      cause: error,
    });
  }
}

interface Listing {
  readonly folder: string;
  readonly show: (path: string) => string;
  readonly depth: number;
}

/** Paths of the prompt files and schemas below a folder. Folders whose name starts with a dot and `node_modules` are not entered. */
async function listFolder(listing: Listing, below: string): Promise<(string | RefusedFile)[]> {
  const found: (string | RefusedFile)[] = [];
  const inside: string[] = [];
  for (const entry of await entriesOf(listing, below)) {
    const path = `${below}${entry.name}`;
    if (entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules") inside.push(`${path}/`);
    else if (isPromptPath(path)) found.push(entry.isFile() ? path : await followLink(listing, entry, path));
  }
  if (inside.length > 0 && listing.depth >= DEEPEST_FOLDER)
    return [...found, refuse(listing, inside[0] ?? below, `lies more than ${DEEPEST_FOLDER} folders deep`)];
  const deeper = await Promise.all(
    inside.map((folder) => listFolder({ ...listing, depth: listing.depth + 1 }, folder)),
  );
  const all = [...found, ...deeper.flat()];
  if (all.length > MOST_FILES) throw tooManyFiles(listing.folder);
  return all;
}

async function entriesOf({ folder, show }: Listing, below: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(join(folder, below), { withFileTypes: true });
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new BatonError("config-invalid", `The folder \`${show(below)}\` cannot be read (${String(error.code)}).`, {
      hint: "Set `prompts` in baton.config.ts to folders that you may read.",
      cause: error,
    });
  }
}

/** The error for a folder with more files than prompts can be. */
export function tooManyFiles(folder: string): BatonError {
  return new BatonError("config-invalid", `The prompt folder \`${folder}\` holds more than ${MOST_FILES} files.`, {
    hint: "Set `prompts` to the folder that holds only prompts.",
  });
}

/**
 * Whether a path below a prompt folder belongs to a prompt: a `.prompt` file, or JSON in a `schemas/` folder; nothing in `node_modules` and in folders
 * whose name starts with a dot.
 */
export function isPromptPath(path: string): boolean {
  if (/(?:^|\/)(?:\.[^/]*|node_modules)\//u.test(path)) return false;
  return path.endsWith(".prompt") || /(?:^|\/)schemas\/(?:[^/]+\/)*[^/]+\.json$/u.test(path);
}

/** A link is used when it leads to a file inside the folder. */
async function followLink(listing: Listing, entry: Dirent, path: string): Promise<string | RefusedFile> {
  if (!entry.isSymbolicLink()) return refuse(listing, path, "is not a regular file");
  try {
    const target = await realpath(join(listing.folder, path));
    const way = relative(listing.folder, target);
    if (way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way))
      return refuse(listing, path, "is a link that leaves the prompt folder");
    return (await stat(target)).isFile() ? path : refuse(listing, path, "is a link to something that is not a file");
  } catch (error) {
    // A dangling or circular link, or one into a folder that may not be read.
    if (error instanceof Error && "code" in error) return refuse(listing, path, "is a link that leads nowhere");
    throw error;
  }
}

/** Small files are read faster one after another than through the thread pool, and Git has to be awaited meanwhile anyway. */
function readOne(folder: string, path: string, show: (path: string) => string): FoundFile | RefusedFile {
  try {
    const file = openSync(join(folder, path), "r");
    try {
      const { size } = fstatSync(file);
      return size > LARGEST_FILE_BYTES
        ? { path, refusal: tooLarge(show(path), size) }
        : { path, bytes: readFileSync(file) };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof Error && "code" in error)
      return {
        path,
        refusal: new BatonError("prompt-invalid", `File \`${show(path)}\` cannot be read (${String(error.code)}).`, {
          hint: "Check its permissions.",
          cause: error,
        }),
      };
    throw error;
  }
}

function matches(file: FoundFile, { blobs, format }: CommittedFiles): boolean {
  const stored = blobs.get(file.path);
  return (
    stored !== undefined && (stored === blobId(file.bytes, format) || stored === blobId(withLf(file.bytes), format))
  );
}

interface Identifying {
  readonly committed: CommittedFiles;
  readonly storedAsLf: ReadonlySet<string>;
  readonly show: (path: string) => string;
}

function toPromptFile(
  { path, bytes }: FoundFile,
  { committed, storedAsLf, show }: Identifying,
): PromptFile | RefusedFile {
  const stored = committed.blobs.get(path);
  const asIs = blobId(bytes, committed.format);
  // A checkout with CRLF of a blob that Git stores with LF is not a change.
  const useLf =
    stored !== asIs &&
    bytes.includes("\r\n") &&
    (storedAsLf.has(path) || stored === blobId(withLf(bytes), committed.format));
  const gitBytes = useLf ? withLf(bytes) : bytes;
  const blob = useLf ? blobId(gitBytes, committed.format) : asIs;
  try {
    return { path, blob, text: decodeText(gitBytes, show(path)), dirty: blob !== stored };
  } catch (error) {
    if (error instanceof PromptError) return { path, refusal: error };
    throw error;
  }
}

/** Replaces CRLF by LF byte by byte: the file may not be text. */
function withLf(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString("latin1").replaceAll("\r\n", "\n"), "latin1");
}

function refuse(listing: Listing, path: string, what: string): RefusedFile {
  const refusal = new BatonError("prompt-invalid", `\`${listing.show(path)}\` ${what}.`, {
    hint: "Put the file itself into the prompt folder.",
  });
  return { path, refusal };
}

/** The folder as the user would type it, ending with `/`. */
export function shownFolder(root: string): string {
  const way = relative(process.cwd(), root);
  const shown = way === "" ? "" : way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way) ? root : way;
  return shown === "" ? "" : `${shown.split(sep).join("/")}/`;
}
