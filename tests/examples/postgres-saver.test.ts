import { afterAll, expect, test } from "vitest";

import { countUp } from "../../examples/postgres-saver/counter.ts";
import { createTestDatabase } from "../support/postgres.ts";

const created = await createTestDatabase();
afterAll(created.drop);

test("a graph without the rest of Baton keeps its state on the server", async () => {
  expect(await countUp(created.url, "t")).toBe(1);
  expect(await countUp(created.url, "t")).toBe(2);
  expect(await countUp(created.url, "other")).toBe(1);
});
