import { readdir, realpath, stat } from "node:fs/promises";
import { basename, extname, isAbsolute, join, relative, resolve, sep } from "node:path";

import { BatonError } from "batonjs";

/** The kinds of files that can be read. */
export const FILE_ENDINGS = [".md", ".markdown", ".txt", ".html", ".htm"] as const;

export interface FoundFile {
  /** Relative to the given source, with `/`; a source that is a file is its own name. */
  readonly file: string;
  /** Absolute path. */
  readonly path: string;
  readonly bytes: number;
}

/**
 * Lists the readable files of the given files and folders, sorted; hidden folders and `node_modules` below them are left out.
 *
 * Throws `input-invalid` naming the source that is missing, unreadable, or holds no file of a supported kind.
 */
export async function findFiles(sources: readonly string[]): Promise<readonly FoundFile[]> {
  if (sources.length === 0) throw badSource("The input field `sources` is empty.", "Name at least one file or folder.");
  const found = new Map<string, FoundFile>();
  for (const source of sources) {
    for (const file of await filesOf(source)) {
      // The same file may lie in two of the given folders.
      const path = await realpath(file.path).catch(() => file.path);
      if (!found.has(path)) found.set(path, file);
    }
  }
  return [...found.values()];
}

/** Absolute paths of the given sources; relative ones are meant from the folder in which the run was started. */
export function resolveSources(sources: string | readonly string[], folder: string): readonly string[] {
  const given = typeof sources === "string" ? [sources] : sources;
  const blank = given.find((source) => source.trim() === "" || source.includes("\0"));
  if (blank !== undefined)
    throw badSource(`The source ${JSON.stringify(blank)} is not a path.`, "Name a file or folder.");
  return given.map((source) => (isAbsolute(source) ? resolve(source) : resolve(folder, source)));
}

async function filesOf(source: string): Promise<readonly FoundFile[]> {
  const facts = await reading(source, () => stat(source));
  if (facts.isFile()) {
    if (!isSupported(source))
      throw badSource(
        `The source \`${source}\` is not a kind of file that can be read.`,
        `Give files that end in ${ENDINGS}.`,
      );
    return [{ file: basename(source), path: source, bytes: facts.size }];
  }
  if (!facts.isDirectory())
    throw badSource(`The source \`${source}\` is neither a file nor a folder.`, "Name a file or folder.");
  const found = await reading(source, () => walk(source, source));
  if (found.length > 0) return found.toSorted((a, b) => (a.file < b.file ? -1 : 1));
  throw badSource(
    `The folder \`${source}\` holds no file that can be read.`,
    `Give a folder with files that end in ${ENDINGS}.`,
  );
}

async function walk(folder: string, root: string): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules") {
      found.push(...(await reading(path, () => walk(path, root))));
    }
    // Links to folders are not followed: they may lead round in circles.
    if (isSupported(entry.name) && (entry.isFile() || (entry.isSymbolicLink() && (await isLinkToFile(path))))) {
      found.push({ file: relative(root, path).split(sep).join("/"), path, bytes: await sizeOf(path) });
    }
  }
  return found;
}

/** 0 where a listed file cannot be found under its name, which is gone or no text in UTF-8: reading it then says why, and skips it. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return 0;
    throw error;
  }
}

async function isLinkToFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    // A link that points nowhere is nothing to read.
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ELOOP") return false;
    throw error;
  }
}

function isSupported(path: string): boolean {
  return FILE_ENDINGS.some((ending) => ending === extname(path).toLowerCase());
}

const ENDINGS = FILE_ENDINGS.join(", ");

async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (BatonError.is(error)) throw error;
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR")
      throw badSource(
        `The source \`${path}\` does not exist.`,
        "Check the path; relative paths are meant from the folder you are in.",
        error,
      );
    if (code === "EACCES" || code === "EPERM")
      throw badSource(
        `The source \`${path}\` may not be read.`,
        "Give yourself the right to read it, or leave it out.",
        error,
      );
    throw badSource(
      `The source \`${path}\` could not be read (${code ?? "unknown reason"}).`,
      "Check the file or folder.",
      error,
    );
  }
}

/** The system's word for what went wrong with a file, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}

export function badSource(message: string, hint: string, cause?: unknown): BatonError {
  return new BatonError("input-invalid", message, { hint, ...(cause === undefined ? {} : { cause }) });
}
