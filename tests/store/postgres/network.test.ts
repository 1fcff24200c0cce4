import { afterAll, expect, onTestFinished, test } from "vitest";

import { attachDatabase } from "../../../store/postgres/database.ts";
import { openPostgresStore } from "../../../store/postgres/store.ts";
import { claimed, claimedRun, SETTLEMENTS } from "../../../testing/opened-store.ts";
import { openNetwork } from "../../support/network.ts";
import { createTestDatabase } from "../../support/postgres.ts";

const database = await createTestDatabase();
afterAll(database.drop);

async function open(options: { readonly retryMs?: number } = {}) {
  const network = await openNetwork(database.url);
  onTestFinished(async () => await network.close());
  const store = await openPostgresStore({ url: network.url, ...options });
  onTestFinished(async () => await store.close());
  return { network, store };
}

test.each([
  { way: "whose server is gone", turn: async ({ network }: Opened) => await network.close() },
  { way: "that swallows everything", turn: async ({ network }: Opened) => void (network.weather = "swallowing") },
])(
  "F14: a store on a network $way closes long before its time limits",
  async ({ turn }) => {
    const opened = await open();
    const { store } = opened;
    const { fence } = await claimedRun(store);
    await turn(opened);
    const writing = store.events.append(fence, [{ type: "run_completed" }]);
    const refused = expect(writing).rejects.toMatchObject({ code: "database-unreachable" });
    await new Promise((sent) => setTimeout(sent, 50));
    // The limit of this test is shorter than those of a statement (35 s) and of trying again (60 s).
    await store.close();
    await refused;
  },
  30_000,
);

type Opened = Awaited<ReturnType<typeof open>>;

test("F14: a network that delivers byte by byte changes nothing", async () => {
  const { network, store } = await open();
  network.weather = "sliced";
  const { run, fence } = await claimedRun(store, { input: { topic: "Eulen 🦉".repeat(50) } });
  await store.effects.record(fence, { key: "k", kind: "model", name: "m", status: "done", value: "ä".repeat(999) });
  expect(await store.effects.find(run.id, "k")).toMatchObject({ value: "ä".repeat(999) });
  expect(await store.runs.settle(fence, SETTLEMENTS.completed)).toMatchObject({ input: run.input });
});

test("a store opens although the connection is lost while it looks at the tables", async () => {
  const network = await openNetwork(database.url);
  onTestFinished(async () => await network.close());
  const cut = network.cutAfter("schema_version");
  const store = await openPostgresStore({ url: network.url });
  onTestFinished(async () => await store.close());
  await cut;
  await store.probe();
});

test("F10: a connection that is lost in the middle of a transaction fails that transaction, and not the process", async () => {
  const network = await openNetwork(database.url);
  onTestFinished(async () => await network.close());
  const attached = await attachDatabase({ url: network.url, retryMs: 0 });
  onTestFinished(async () => await attached.close());
  // A connection of its own has no statement under way here that could take the error.
  const losing = attached.transaction(async () => {
    network.cut();
    await new Promise((lost) => setTimeout(lost, 100));
  });
  await expect(losing).rejects.toMatchObject({ code: "database-unreachable" });
});

test("F12: a settlement that was stored although its answer was lost is no refusal when it is said again", async () => {
  const { network, store } = await open({ retryMs: 0 });
  const { run, fence } = await claimedRun(store);
  const cut = network.cutAfter("baton_settle_run");
  await expect(store.runs.settle(fence, SETTLEMENTS.parked)).rejects.toMatchObject({ code: "database-unreachable" });
  await cut;

  expect(await store.runs.settle(fence, SETTLEMENTS.parked)).toMatchObject({ status: "parked", epoch: fence.epoch });
  await claimed(store, run.id);
});

test.each([
  { what: "an event", words: "baton_commit_fenced_ev", write: "event" },
  { what: "a journaled call", words: "baton_commit_fenced_ef", write: "effect" },
] as const)("F12: $what whose answer was lost is stored once", async ({ words, write }) => {
  const { network, store } = await open();
  const { run, fence } = await claimedRun(store);
  const cut = network.cutAfter(words);
  if (write === "event") await store.events.append(fence, [{ type: "step_committed", step: 1 }]);
  else await store.effects.record(fence, { key: "k", kind: "once", name: "o", status: "intent", value: 1 });
  await cut;
  expect(await store.events.read(run.id, 0)).toHaveLength(write === "event" ? 1 : 0);
  expect(await store.effects.list(run.id)).toHaveLength(write === "effect" ? 1 : 0);
});
