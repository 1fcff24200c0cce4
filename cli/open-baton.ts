import type { Baton } from "../baton.ts";
import { loadConfig } from "./config-file.ts";

/** Opens Baton on the config file of the current folder. LangGraph is loaded here and not before. */
export async function openBaton(): Promise<Baton> {
  const { config, folder } = await loadConfig(process.cwd());
  const { createBaton } = await import("../baton.ts");
  return await createBaton(config, { folder });
}
