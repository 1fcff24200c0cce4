import { openStore } from "../../store/connect.ts";
import type { StorePlace } from "../../testing/opened-store.ts";
import { makeFolder, removeFolder } from "./temporary-folder.ts";

/** A new folder for SQLite stores. */
export async function sqlitePlace(): Promise<StorePlace> {
  const folder = makeFolder();
  return {
    open: async () => await openStore({ folder }),
    remove: async () => removeFolder(folder),
  };
}
