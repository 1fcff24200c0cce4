import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";

import { BatonError } from "../core/errors.ts";
import { appManifest, madeByInstall } from "./init-manifest.ts";
import { packageFolder } from "./version.ts";

/**
 * Writes the app of `templates/init` into a folder and returns the files written, with `/`, sorted.
 * Throws `init-folder-not-empty` naming what is in the way, before anything is written.
 */
export async function writeApp(folder: string): Promise<readonly string[]> {
  await refuseOccupied(folder);
  const template = join(await packageFolder(), "templates", "init");
  const name = appName(folder);
  const sources = (await readdir(template, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const files = await Promise.all(
    sources.map(async (entry) => {
      const source = join(entry.parentPath, entry.name);
      const file = targetOf(source.slice(template.length + 1));
      await write(join(folder, file), (await readFile(source, "utf8")).replaceAll("{{name}}", name));
      return file.replaceAll(sep, "/");
    }),
  );
  await write(join(folder, "package.json"), await appManifest(name, folder));
  return [...files, "package.json"].toSorted();
}

/** npm leaves a file called `.gitignore` out of packages, so the template has it without the dot. */
function targetOf(file: string): string {
  return file === "gitignore" ? ".gitignore" : file;
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** What may lie in a folder that counts as empty: version control, and what `npm install batonjs` leaves in an empty folder. */
const HARMLESS = new Set([".git", ".DS_Store"]);
const LEFT_BY_INSTALL = new Set(["node_modules", "package-lock.json", "package.json"]);

async function refuseOccupied(folder: string): Promise<void> {
  const found = (await entriesOf(folder)).filter((name) => !HARMLESS.has(name));
  const inTheWay = (await madeByInstall(folder)) ? found.filter((name) => !LEFT_BY_INSTALL.has(name)) : found;
  if (inTheWay.length === 0) return;
  const named = inTheWay
    .toSorted()
    .slice(0, 5)
    .map((name) => `\`${name}\``);
  const more = inTheWay.length > named.length ? ` and ${inTheWay.length - named.length} more` : "";
  throw new BatonError("init-folder-not-empty", `\`${folder}\` is not empty: ${named.join(", ")}${more}.`, {
    hint: "Name a new or empty folder, such as: baton init my-app",
  });
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return [];
    if (code !== "ENOTDIR") throw error;
    throw new BatonError("init-folder-not-empty", `\`${folder}\` is a file.`, {
      hint: "Name a new or empty folder, such as: baton init my-app",
      cause: error,
    });
  }
}

/** A package name that npm accepts, from the folder's name. */
export function appName(folder: string): string {
  const name = basename(folder)
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/gu, "-")
    .replace(/^[._-]+|[._-]+$/gu, "");
  // A package of this name could not depend on Baton.
  return name === "" || name === "batonjs" ? "my-baton-app" : name.slice(0, 200);
}
