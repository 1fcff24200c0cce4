import { dirname } from "node:path";

import { openConnection, type Connection } from "../../store/sqlite/connection.ts";
import { SqliteSaver } from "../../store/sqlite/saver.ts";
import { langgraphSuites } from "./langgraph-suites.ts";
import { makeFolder, removeFolder } from "./temporary-folder.ts";

const connections = new Map<SqliteSaver, Connection>();

await langgraphSuites<SqliteSaver>((codec) => ({
  checkpointerName: "SqliteSaver",
  async createCheckpointer() {
    const connection = await openConnection({ folder: makeFolder() });
    const saver = new SqliteSaver(connection, () => undefined, { serde: codec });
    connections.set(saver, connection);
    return saver;
  },
  async destroyCheckpointer(saver) {
    const connection = connections.get(saver);
    if (connection === undefined) throw new Error("The suite gave back a saver that it did not get here.");
    await connection.close();
    removeFolder(dirname(connection.path));
  },
}));
