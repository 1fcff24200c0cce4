import { glob } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";

import { readSuiteFile } from "./suite-file.ts";
import type { Suite } from "./suite.ts";
import { suiteInvalid } from "./suite-error.ts";

const YAML_ENDING = ".eval.yaml";
const CODE_ENDINGS = [".eval.ts", ".eval.js", ".eval.mts", ".eval.mjs"];

export interface SuitePlaces {
  /** Folder that paths are shown from. */
  readonly folder: string;
  /** Absolute folders that hold suites: the prompt folders, and `evals/`. */
  readonly roots: readonly string[];
}

/**
 * Reads every suite of a project: `*.eval.yaml` anywhere in its prompt folders and in `evals/`, and what `*.eval.ts` files there export.
 * Sorted by name. Throws `suite-invalid`, also for two suites of one name.
 */
export async function findSuites({ folder, roots }: SuitePlaces): Promise<readonly Suite[]> {
  const suites: Suite[] = [];
  for (const root of roots) {
    for (const file of await filesOf(root)) {
      const path = resolve(root, file);
      const shown = relative(folder, path).split(sep).join("/");
      if (file.endsWith(YAML_ENDING)) suites.push(await readSuiteFile({ path, shown, name: nameOf(file) }));
      else suites.push(...(await exportedSuites(path, shown)));
    }
  }
  refuseTwice(suites);
  return suites.toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

async function filesOf(root: string): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const file of glob(`**/*.eval.{yaml,ts,js,mts,mjs}`, {
    cwd: root,
    exclude: (name) => name === "node_modules",
  }))
    files.push(file);
  return files.toSorted();
}

/** `brief/write.eval.yaml` is the suite `brief/write`. */
function nameOf(file: string): string {
  return file.slice(0, -YAML_ENDING.length).split(sep).join("/");
}

async function exportedSuites(path: string, shown: string): Promise<readonly Suite[]> {
  const loaded: unknown = await import(pathToFileURL(path).href);
  const values = typeof loaded === "object" && loaded !== null ? Object.values(loaded) : [];
  const suites = values.filter(isSuite).map((suite) => ({ ...suite, file: shown }));
  if (suites.length > 0) return suites;
  throw suiteInvalid({
    message: `\`${shown}\` exports no suite.`,
    hint: `Export what \`defineEval()\` returns, or rename the file (${CODE_ENDINGS.join(", ")} are suites).`,
  });
}

function isSuite(value: unknown): value is Suite {
  return typeof value === "object" && value !== null && "cases" in value && "scorers" in value && "target" in value;
}

function refuseTwice(suites: readonly Suite[]): void {
  for (const [at, { name, file }] of suites.entries()) {
    const other = suites.slice(0, at).find((suite) => suite.name === name);
    if (other !== undefined)
      throw suiteInvalid({
        message: `Two suites are called \`${name}\`: \`${other.file}\` and \`${file}\`.`,
        hint: "Rename one of them.",
      });
  }
}
