import { existsSync } from "node:fs";

import { batonFolder } from "../config.ts";
import type { Store } from "../runs/store.ts";
import { databaseUrl, openServerStore, openStore } from "../store/connect.ts";
import { findConfigFile } from "./config-file.ts";

/**
 * Opens the store of the project in the current folder, for commands that only read: neither the config file nor LangGraph is loaded.
 * Undefined where nothing ever ran, so that looking makes no files. Throws `config-not-found` and the store's errors.
 */
export async function openProjectStore(): Promise<Store | undefined> {
  const folder = batonFolder(findConfigFile(process.cwd()).folder);
  const url = databaseUrl(process.env);
  if (url !== undefined) return await openServerStore(url);
  return existsSync(folder) ? await openStore({ folder }) : undefined;
}
