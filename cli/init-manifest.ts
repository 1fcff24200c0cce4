import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";

import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { packageFolder } from "./version.ts";

/** The text of a new app's `package.json`; its versions are those this Baton was built and tested with. */
export async function appManifest(name: string, folder: string): Promise<string> {
  const source = await packageFolder();
  const own = (await readObject(join(source, "package.json"))) ?? {};
  const version = (section: string, dependency: string): JsonValue => member(own, section)[dependency] ?? "*";
  const manifest = {
    name,
    version: "0.0.0",
    private: true,
    type: "module",
    scripts: { test: 'node --test "evals/**/*.test.ts"' },
    engines: member(own, "engines"),
    dependencies: {
      "@langchain/langgraph": version("dependencies", "@langchain/langgraph"),
      batonjs: await batonSource({
        source,
        folder,
        version: typeof own["version"] === "string" ? own["version"] : "*",
      }),
      zod: version("dependencies", "zod"),
    },
    devDependencies: {
      "@types/node": version("devDependencies", "@types/node"),
      ...(usesBundledNode() ? { node: version("devDependencies", "node") } : {}),
    },
    ...(usesBundledNode() ? { allowScripts: { node: true } } : {}),
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/**
 * True when this very process runs on a Node that npm installed: the machine's own is then too old or unknown, and the app brings one,
 * too. npm 12 runs that package's install script only with `allowScripts`.
 */
function usesBundledNode(): boolean {
  return process.execPath.includes(`${sep}node_modules${sep}`);
}

interface Origin {
  readonly source: string;
  readonly folder: string;
  readonly version: string;
}

/** The app gets Baton from where this one came: the registry, or the tarball or folder from which it was installed. */
async function batonSource({ source, folder, version }: Origin): Promise<string> {
  const modules = dirname(source);
  if (!modules.endsWith(`${sep}node_modules`)) return fileSpec(folder, source);
  const lock = await readObject(join(modules, ".package-lock.json"));
  const resolved = member(member(lock ?? {}, "packages"), "node_modules/batonjs")["resolved"];
  if (typeof resolved !== "string" || !resolved.startsWith("file:")) return version;
  return fileSpec(folder, resolve(dirname(modules), resolved.slice("file:".length)));
}

function fileSpec(from: string, target: string): string {
  return `file:${relative(from, target).replaceAll(sep, "/")}`;
}

/** True when the folder's `package.json` is the bare one that `npm install` writes into an empty folder. */
export async function madeByInstall(folder: string): Promise<boolean> {
  const manifest = await readObject(join(folder, "package.json"));
  return (
    manifest !== undefined &&
    Object.keys(manifest).every((key) => key === "dependencies" || key === "devDependencies" || key === "allowScripts")
  );
}

async function readObject(file: string): Promise<JsonObject | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && "code" in error && error.code === "ENOENT"))
      return undefined;
    throw error;
  }
}

function member(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isJsonObject(value) ? value : {};
}
