import { afterAll } from "vitest";

import { createCommitQueue } from "../../../store/postgres/commit-queue.ts";
import { openDatabase } from "../../../store/postgres/database.ts";
import { PostgresCheckpoints } from "../../../store/postgres/saver.ts";
import { createTestDatabase } from "../../support/postgres.ts";
import { langgraphSuites } from "../langgraph-suites.ts";

const created = await createTestDatabase();
const database = await openDatabase({ url: created.url, connections: 4 });
const queue = createCommitQueue(database);
afterAll(async () => {
  await database.close();
  await created.drop();
});

await langgraphSuites((serde) => ({
  checkpointerName: "PostgresCheckpoints",
  createCheckpointer: async () =>
    await Promise.resolve(new PostgresCheckpoints({ database, queue, serde, access: { kind: "open" } })),
  async destroyCheckpointer() {
    const { schema } = database;
    await database.pool.query(
      `truncate ${["lineages", "checkpoints", "list_segments", "task_writes"].map((table) => `${schema}.${table}`).join(", ")}`,
    );
  },
}));
