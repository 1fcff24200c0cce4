import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

import { blobId } from "./blob.ts";
import { decodeText } from "./decode.ts";
import type { PromptFile, PromptSource } from "./source.ts";

/**
 * The prompts that come with Baton: `baton/judge` and the like. A file of the same name in a folder of the user takes the place of each. They
 * are never dirty: the version of the package says which they are.
 */
export function builtinSource(): PromptSource {
  return { show, files: () => (read ??= readBuiltin()) };
}

/** The files belong to the installed package, so they are read once. */
let read: Promise<readonly PromptFile[]> | undefined;

function show(path: string): string {
  return `batonjs/${FOLDER}/${path}`;
}

const FOLDER = "prompts/builtin";

async function readBuiltin(): Promise<readonly PromptFile[]> {
  const folder = builtinFolder();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".prompt"))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
  return await Promise.all(
    paths.toSorted().map(async (path) => {
      // A checkout of the sources may have CRLF line ends; the package has none.
      const text = decodeText(await readFile(join(folder, path)), show(path)).replaceAll("\r\n", "\n");
      return { path, blob: blobId(Buffer.from(text)), text, dirty: false };
    }),
  );
}

/** Only the sources lie beside the folder; the built files lie deeper. */
function builtinFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const found = join(folder, FOLDER);
    if (existsSync(found)) return found;
    if (folder === dirname(folder)) throw new Error(`batonjs runs without its folder ${FOLDER}`);
  }
}
