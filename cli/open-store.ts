import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";

import { batonFolder, type BatonConfig } from "../config.ts";
import { isProduction } from "../core/choice.ts";
import type { Store } from "../runs/store.ts";
import { chooseStore, openServerStore, openStore, storeFile } from "../store/connect.ts";
import { type ConfigFile, findConfigFile, loadConfig } from "./config-file.ts";

/**
 * Opens the store of the project in the current folder, for commands that only read: neither LangGraph nor, where it need not be asked, the
 * config file is loaded. Undefined where nothing ever ran, so that looking makes no files. Throws `config-not-found`, `default-refused` and
 * the store's errors.
 */
export async function openProjectStore(): Promise<Store | undefined> {
  const found = findConfigFile(process.cwd());
  const choice = chooseStore(await namedStore(found), process.env);
  if (choice.kind === "postgres") return await openServerStore(choice);
  const file = storeFile(choice, { folder: found.folder, batonFolder: batonFolder(found.folder) });
  return existsSync(file.folder) ? await openStore(file) : undefined;
}

/** The address of the server on which the runs of this project lie; undefined when they lie in a file. */
export async function projectServer(): Promise<string | undefined> {
  const choice = chooseStore(await namedStore(findConfigFile(process.cwd())), process.env);
  return choice.kind === "postgres" ? choice.url : undefined;
}

/** Loading a config loads LangGraph with it, so it is first looked at whether it has a word on the store. */
async function namedStore({ file }: ConfigFile): Promise<BatonConfig["store"]> {
  if (!isProduction(process.env) && !NAMES_STORE.test(await readFile(file, "utf8"))) return undefined;
  return (await loadConfig(process.cwd())).config.store;
}

const NAMES_STORE = /\bstore\b/u;
