import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";

import type { BatonConfig } from "../config.ts";
import { BatonError } from "../core/errors.ts";
import { keepStdout } from "./output.ts";
import { configLoadError } from "./config-load-error.ts";
import { keepResolved } from "./resolution-cache.ts";

const NAMES = ["baton.config.ts", "baton.config.mts", "baton.config.js", "baton.config.mjs"] as const;

export interface ConfigFile {
  readonly file: string;
  /** Where `.baton/` lies and relative paths of the config resolve. */
  readonly folder: string;
}

/** Finds the config file of a folder: there or in the nearest folder above it. Throws `config-not-found`. */
export function findConfigFile(from: string): ConfigFile {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const name = NAMES.find((candidate) => existsSync(join(folder, candidate)));
    if (name !== undefined) return { file: join(folder, name), folder };
    if (folder !== dirname(folder)) continue;
    throw new BatonError(
      "config-not-found",
      `Neither \`${resolve(from)}\` nor a folder above it holds a baton.config.ts.`,
      {
        hint: "Change into your project, or make a new one with: baton init my-app",
      },
    );
  }
}

export interface LoadedConfig extends ConfigFile {
  readonly config: BatonConfig;
}

/**
 * Finds and loads the config file; TypeScript is loaded by Node itself, which strips the types.
 *
 * Throws `config-not-found`, and `config-invalid` with file and line where they are known; Baton's own errors (a malformed workflow, an
 * unknown field) keep their code.
 */
export async function loadConfig(from: string): Promise<LoadedConfig> {
  const found = findConfigFile(from);
  keepStdout();
  keepResolved();
  const exported: unknown = await importFile(found);
  return { ...found, config: await configOf(exported, found.file) };
}

/** Longer than any definition takes; without a limit, an `await` that never ends would end the process without a word. */
const LOAD_SECONDS = 30;

async function importFile({ file, folder }: ConfigFile): Promise<unknown> {
  const restore = hushModuleTypeWarnings();
  const limit = new AbortController();
  try {
    const loaded: Promise<{ readonly default?: unknown }> = import(pathToFileURL(file).href);
    const module = await Promise.race([loaded, tooLate(file, limit.signal)]);
    return module.default;
  } catch (error) {
    throw configLoadError(error, { file, folder });
  } finally {
    limit.abort();
    await restore();
  }
}

async function tooLate(file: string, signal: AbortSignal): Promise<never> {
  await delay(LOAD_SECONDS * 1000, undefined, { signal });
  throw new BatonError("config-invalid", `\`${file}\` was not loaded after ${LOAD_SECONDS} s.`, {
    hint: "Look for an `await` at its top level that never ends.",
  });
}

/** Without `"type": "module"` Node guesses and warns at length; where the guess works, there is nothing to do for the user now. */
function hushModuleTypeWarnings(): () => Promise<void> {
  const printers = process.listeners("warning");
  const filter = (warning: Error): void => {
    const isModuleType = "code" in warning && warning.code === "MODULE_TYPELESS_PACKAGE_JSON";
    if (isModuleType || warning.message.startsWith("Failed to load the ES module")) return;
    for (const print of printers) print(warning);
  };
  process.removeAllListeners("warning").on("warning", filter);
  return async () => {
    // Warnings are emitted a tick after their cause.
    await nextTurn();
    process.off("warning", filter);
    for (const print of printers) process.on("warning", print);
  };
}

async function configOf(exported: unknown, file: string): Promise<BatonConfig> {
  if (exported === undefined) {
    throw new BatonError("config-invalid", `\`${file}\` has no default export.`, {
      hint: "End it with: export default defineConfig({ workflows: [ … ] });",
    });
  }
  // Its schema needs zod, which commands that only read runs do without.
  const { checkConfig } = await import("../config-check.ts");
  return checkConfig(exported, `\`${file}\``);
}
