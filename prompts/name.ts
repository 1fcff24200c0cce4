import { BatonError } from "../core/errors.ts";

const SEGMENT = "[A-Za-z0-9][A-Za-z0-9_-]{0,63}";
const NAME = new RegExp(`^(${SEGMENT}(?:/${SEGMENT}){0,15})(?:#(${SEGMENT}))?$`, "u");
const FILE = new RegExp(`^(${SEGMENT}(?:/${SEGMENT}){0,15})(?:\\.(${SEGMENT}))?\\.prompt$`, "u");
const RELATIVE_NAME = new RegExp(`^${SEGMENT}(?:/${SEGMENT}){0,15}$`, "u");

/** The file of a prompt, relative to its root: `brief/write#concise` → `brief/write.concise.prompt`. Throws `prompt-not-found` when the text cannot be a name. */
export function promptFileOf(name: string): string {
  const [, base, variant] = NAME.exec(name) ?? [];
  if (base === undefined) {
    throw new BatonError("prompt-not-found", `\`${name.slice(0, 120)}\` is not a prompt name.`, {
      hint: "Write the file's path below the prompt folder without its ending, such as `brief/write`, or `brief/write#concise` for a variant.",
    });
  }
  return variant === undefined ? `${base}.prompt` : `${base}.${variant}.prompt`;
}

/** The name of the prompt in a file, or undefined for partials and for file names that cannot be prompt names. */
export function promptNameOf(path: string): string | undefined {
  const [, base, variant] = FILE.exec(path) ?? [];
  if (base === undefined) return undefined;
  return variant === undefined ? base : `${base}#${variant}`;
}

/** Whether a file is a partial: its name starts with `_`. */
export function isPartialFile(path: string): boolean {
  return path.slice(path.lastIndexOf("/") + 1).startsWith("_");
}

/** Where `{{> name}}` may be found, nearest first: the folder of the file that includes it, then each folder above up to the root. */
export function partialCandidates(from: string, name: string): readonly string[] {
  if (!RELATIVE_NAME.test(name)) return [];
  const cut = name.lastIndexOf("/") + 1;
  return foldersUpward(from).map((folder) => `${folder}${name.slice(0, cut)}_${name.slice(cut)}.prompt`);
}

/** Where the schema `name` may be found, nearest first: `schemas/` beside the file, then beside each folder above. */
export function schemaCandidates(from: string, name: string): readonly string[] {
  if (!RELATIVE_NAME.test(name)) return [];
  return foldersUpward(from).flatMap((folder) => [
    `${folder}schemas/${name}.schema.json`,
    `${folder}schemas/${name}.json`,
  ]);
}

function foldersUpward(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return Array.from({ length: parts.length + 1 }, (_, up) =>
    parts
      .slice(0, parts.length - up)
      .map((part) => `${part}/`)
      .join(""),
  );
}
