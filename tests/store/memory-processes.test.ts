import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";

import { DEFAULT_TENANT } from "../../core/ids.ts";
import type { MemoryScope } from "../../memory/item.ts";
import { openStore } from "../../store/connect.ts";
import { memoryLayers } from "../../store/memory-layers.ts";
import { sqliteSessions } from "../../store/sqlite/session.ts";
import { startProgram } from "./program.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const SCOPE: MemoryScope = { tenant: DEFAULT_TENANT, namespace: "shared" };

async function openIn(folder: string) {
  const store = await openStore({ folder });
  onTestFinished(async () => await store.close());
  const { vector } = memoryLayers(store);
  const recalled = async () => await vector.recall({ scope: SCOPE, text: "turn", limit: 10_000 });
  return { sessions: sqliteSessions(store.connection), recalled };
}

test("three processes remember at once: no lock error, no lost item, one version for each append", async () => {
  const folder = temporaryFolder();
  const { sessions, recalled } = await openIn(folder);
  const programs = ["a", "b", "c"].map((writer) => startProgram("remember.ts", [folder, writer, "50"]));
  await Promise.all(programs.map(async ({ ended }) => await ended));
  const { version, items } = await sessions.read(SCOPE);
  expect([version, items.length, new Set(items.map(({ id }) => id)).size]).toEqual([150, 150, 150]);
  expect(await recalled()).toHaveLength(150);
});

test("a writer that was killed and starts again has remembered everything once", async () => {
  const folder = temporaryFolder();
  const { sessions, recalled } = await openIn(folder);
  for (let round = 0; round < 4; round += 1) {
    const program = startProgram("remember.ts", [folder, "a", "60"]);
    while (program.lines().length < 12 * round + 3) await delay(2);
    program.kill();
    await program.ended;
    const acknowledged = program.lines().length;
    const { items } = await sessions.read(SCOPE);
    expect(items.length).toBeGreaterThanOrEqual(acknowledged);
  }
  await startProgram("remember.ts", [folder, "a", "60"]).ended;
  const { items } = await sessions.read(SCOPE);
  expect(items.map(({ order }) => order)).toEqual(Array.from({ length: 60 }, (_, order) => order));
  expect(await recalled()).toHaveLength(60);
});
