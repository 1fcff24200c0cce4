import pg from "pg";
import { afterAll, expect, onTestFinished, test } from "vitest";

import { openPostgresStore } from "../../../store/postgres/store.ts";
import { claimedRun } from "../../../testing/opened-store.ts";
import { createTestDatabase } from "../../support/postgres.ts";

const database = await createTestDatabase();
afterAll(database.drop);

test("a write that begins while a take-over is not yet committed waits for it, and is then refused", async () => {
  const store = await openPostgresStore({ url: database.url });
  onTestFinished(async () => await store.close());
  const { run, fence } = await claimedRun(store);
  const other = new pg.Client({ connectionString: database.url });
  await other.connect();
  onTestFinished(async () => await other.end());
  await other.query("begin");
  await other.query("update baton.runs set epoch = epoch + 1, owner = 'somebody else' where id = $1", [run.id]);

  const writing = store.events.append(fence, [{ type: "run_completed" }]);
  const outcome = writing.then(
    () => "stored",
    (error: unknown) => error,
  );
  await expect
    .poll(async () => {
      const waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
      const { rowCount } = await other.query(waiting);
      return (rowCount ?? 0) > 0 || (await Promise.race([outcome, Promise.resolve("")])) === "stored";
    })
    .toBe(true);
  await other.query("commit");

  expect(await outcome).toMatchObject({ code: "fenced" });
  expect(await store.events.read(run.id, 0)).toEqual([]);
});
