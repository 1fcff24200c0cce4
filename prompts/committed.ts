import { readGit } from "./git.ts";
import type { ObjectFormat } from "./blob.ts";

/** The files of a folder as HEAD has them. */
export interface CommittedFiles {
  /** Blob ids by path relative to the folder; regular files only. */
  readonly blobs: ReadonlyMap<string, string>;
  readonly format: ObjectFormat;
}

/** Asks Git once what HEAD holds below a folder; empty without Git, repository or commit. */
export async function readCommitted(folder: string): Promise<CommittedFiles> {
  const listing = await readGit(folder, ["ls-tree", "-r", "-z", "--end-of-options", "HEAD"]);
  const entries = (listing ?? "").split("\0").flatMap((line) => {
    // Mode, type, id, path; 120000 is a symbolic link and 160000 a submodule.
    const [, blob, path] = /^100\d{3} blob ([0-9a-f]+)\t(.+)$/su.exec(line) ?? [];
    return blob === undefined || path === undefined ? [] : [[path, blob] as const];
  });
  return { blobs: new Map(entries), format: entries[0]?.[1].length === 64 ? "sha256" : "sha1" };
}

/** Of files with CRLF line ends that are not committed as they are, those which Git would store with LF, by its attributes and `core.autocrlf`. */
export async function readStoredAsLf(folder: string, paths: readonly string[]): Promise<ReadonlySet<string>> {
  const listing = await readGit(folder, ["ls-files", "-z", "--eol", "--cached", "--others", "--", ...paths]);
  if (listing === undefined) return new Set();
  const autocrlf = ((await readGit(folder, ["config", "--get", "core.autocrlf"])) ?? "").trim();
  const normalised = listing.split("\0").flatMap((line) => {
    const [, stored = "", attribute = "", path] = /^i\/(\S*)\s+w\/\S*\s+attr\/(.*?)\s*\t(.+)$/su.exec(line) ?? [];
    return path !== undefined && storesLf(stored, attribute, autocrlf) ? [path] : [];
  });
  return new Set(normalised);
}

/** The rules of gitattributes(5): an attribute decides; without one `core.autocrlf` does, but never for what is already stored with CRLF. */
function storesLf(stored: string, attribute: string, autocrlf: string): boolean {
  const words = attribute.split(" ");
  if (words.includes("-text")) return false;
  if (words.includes("text") || (words.some((word) => word.startsWith("eol=")) && !words.includes("text=auto")))
    return true;
  const automatic = words.includes("text=auto") || autocrlf === "true" || autocrlf === "input";
  return automatic && stored !== "crlf" && stored !== "mixed";
}
