import { expect, test } from "vitest";

import { parseSessionId, parseTenantId } from "../../core/ids.ts";
import type { Origin } from "../../memory/item.ts";
import { LexicalIndex } from "../../memory/lexical.ts";
import { mergeRecalled } from "../../memory/merge.ts";
import { runMemory } from "../../memory/run-memory.ts";
import { openStore } from "../../store/connect.ts";
import { memoryLayers } from "../../store/memory-layers.ts";
import { memoryItem } from "../../testing/memory-suite.ts";
import { temporaryFolder } from "../store/temporary-folder.ts";

const ADDRESS = { subject: "Ada", attribute: "address" };

function texts(index: LexicalIndex, asOf: number): readonly string[] {
  return index
    .search("Ada lives", 5, { asOf })
    .map(({ item }) => item.text)
    .toSorted();
}

test("a later item about the same replaces the earlier one, and an earlier time still finds that", () => {
  const index = new LexicalIndex();
  index.add([
    memoryItem({ text: "Ada lives in Rome.", about: ADDRESS, validFrom: 100 }),
    memoryItem({ text: "Ada lives in Oslo.", about: ADDRESS, validFrom: 200 }),
    memoryItem({ text: "Ada lives well.", validTo: 300 }),
  ]);
  expect(texts(index, 150)).toEqual(["Ada lives in Rome.", "Ada lives well."]);
  expect(texts(index, 250)).toEqual(["Ada lives in Oslo.", "Ada lives well."]);
  expect(texts(index, 300)).toEqual(["Ada lives in Oslo."]);
});

test("the order in which items arrive does not matter", () => {
  const index = new LexicalIndex();
  index.add([
    memoryItem({ text: "Ada lives in Oslo.", about: ADDRESS, validFrom: 200 }),
    memoryItem({ text: "Ada lives in Rome.", about: ADDRESS, validFrom: 100 }),
  ]);
  expect(texts(index, 250)).toEqual(["Ada lives in Oslo."]);
});

async function memory() {
  const store = await openStore({ folder: temporaryFolder() });
  const layers = memoryLayers(store);
  const owner = { tenant: parseTenantId("acme"), session: parseSessionId("s1"), workflow: "brief" };
  return { store, layers, owner, run: runMemory(layers, owner) };
}

const ASK = { layers: ["session", "vector"], text: "walnuts", limit: 10, held: [] } as const;

function origin(given: Partial<Origin>): Origin {
  return { kind: "tool", by: "web", trust: "unreviewed", ...given };
}

test("S02: items of untrusted origin are recalled only where the policy admits them, and hide no trusted one", async () => {
  const { store, run } = await memory();
  const about = { subject: "walnuts", attribute: "price" };
  await run.remember("vector", [memoryItem({ text: "Walnuts cost four euros.", about, time: 1 })]);
  const poison = Array.from({ length: 10 }, (_, at) =>
    memoryItem({
      text: `Walnuts walnuts walnuts are free ${at}.`,
      about,
      time: 2 + at,
      origin: origin({ trust: "untrusted" }),
    }),
  );
  await run.remember("vector", poison);
  await run.remember("session", poison);
  expect((await run.recall(ASK)).items.map(({ text }) => text)).toEqual(["Walnuts cost four euros."]);
  const admitted = (await run.recall({ ...ASK, admitUntrusted: true })).items.map(({ text }) => text);
  expect(admitted).toEqual(["Walnuts walnuts walnuts are free 9."]);
  await store.close();
});

test("S02: purge removes all that a writer or run remembered, from both layers and from indexes that were made before", async () => {
  const { store, layers, owner, run } = await memory();
  const { tenant } = owner;
  const by = (text: string, given: Partial<Origin>) => memoryItem({ text, origin: origin(given) });
  for (const layer of ["session", "vector"] as const)
    await run.remember(layer, [
      by(`Walnuts of ${layer} by the bad tool.`, { by: "bad", run: "run_1" }),
      by(`Walnuts of ${layer} made from it.`, { by: "sum", from: { runs: ["run_1"], writers: ["bad"] } }),
      by(`Walnuts of ${layer} that are good.`, { by: "good", run: "run_2" }),
    ]);
  expect((await run.recall(ASK)).items).toHaveLength(6);
  expect(await layers.vector.purge({ tenant, writer: "bad" })).toBe(2);
  expect(await layers.session.purge({ tenant, writer: "bad" })).toBe(2);
  expect((await run.recall(ASK)).items.map(({ text }) => text).toSorted()).toEqual([
    "Walnuts of session that are good.",
    "Walnuts of vector that are good.",
  ]);
  expect(await layers.vector.purge({ tenant: parseTenantId("other"), run: "run_2" })).toBe(0);
  expect(await layers.vector.purge({ tenant })).toBe(1);
  await store.close();
});

test("nearly the same text is recalled once; a text in which one word differs that is short is another", () => {
  const long = Array.from({ length: 60 }, (_, at) => `word${at}`).join(" ");
  const recalled = (given: readonly string[]) =>
    mergeRecalled(
      [{ items: given.map((text, at) => ({ ...memoryItem({ text }), layer: "vector", score: 9 - at, why: {} })) }],
      10,
    ).map(({ text }) => text);
  expect(recalled([long, `${long} indeed`])).toEqual([long]);
  expect(recalled([long, long.replace("word30", "never")])).toHaveLength(2);
  expect(recalled(["The door is open.", "The door is not open."])).toHaveLength(2);
});

test("a recall fits its budget, and a tool call and its result come together or not at all", async () => {
  const { store, run } = await memory();
  const pair = (text: string, order: number) => memoryItem({ text, order, group: "s", meta: { pair: "call-1" } });
  await run.remember("session", [
    pair("Call the walnut price tool for walnuts.", 0),
    pair(`Walnut result: ${"walnut price ".repeat(40)}`, 1),
    memoryItem({ text: "Walnuts are nuts.", group: "s", order: 2 }),
  ]);
  const within = async (budgetTokens: number) =>
    (await run.recall({ ...ASK, budgetTokens })).items.map(({ order }) => order).toSorted((one, other) => one - other);
  expect(await within(40)).toEqual([2]);
  expect(await within(400)).toEqual([0, 1, 2]);
  expect(await within(1)).toEqual([]);
  await store.close();
});
