import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The version of this package, from the nearest `package.json` upwards: the sources and the built files lie at different depths. */
export async function packageVersion(): Promise<string> {
  const text = await readFile(join(await packageFolder(), "package.json"), "utf8");
  const { version } = JSON.parse(text) as { readonly version: string }; // npm does not install a package without one.
  return version;
}

/** The folder of this package: where its `package.json` and `templates/` lie. */
export async function packageFolder(): Promise<string> {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (await isPackage(folder)) return folder;
    if (folder === dirname(folder)) throw new Error("batonjs runs outside its package");
  }
}

async function isPackage(folder: string): Promise<boolean> {
  try {
    const text = await readFile(join(folder, "package.json"), "utf8");
    return text.includes('"batonjs"') && JSON.parse(text).name === "batonjs";
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}
