import { expect, onTestFinished, test } from "vitest";

import type { Embed } from "../../core/embed.ts";
import { DEFAULT_TENANT, parseTenantId } from "../../core/ids.ts";
import { newRunId } from "../../core/new-run-id.ts";
import type { MemoryScope } from "../../memory/item.ts";
import { meaning } from "../../memory/meaning.ts";
import { vectorLayer } from "../../memory/vector.ts";
import { openConnection } from "../../store/sqlite/connection.ts";
import { sqliteVectors } from "../../store/sqlite/exact-index.ts";
import { sqliteItems } from "../../store/sqlite/vectors.ts";
import { hashEmbed } from "../../testing/hash-embed.ts";
import { memoryItem } from "../../testing/memory-suite.ts";
import { temporaryFolder } from "../store/temporary-folder.ts";

const SCOPE: MemoryScope = { tenant: DEFAULT_TENANT, namespace: "docs" };

/** Knows which words mean the same: each text is a vector of the meanings in it. */
function thesaurus(meanings: readonly RegExp[], ref = "thesaurus"): Embed {
  return {
    ref,
    dimensions: meanings.length,
    check() {},
    async embed(texts) {
      return texts.map((text) => Float32Array.from(meanings.map((words) => (words.test(text) ? 1 : 0))));
    },
  };
}

const MEANINGS = [/car|automobile/i, /doctor|physician/i, /cheap|inexpensive/i];

async function openedFile(folder = temporaryFolder()) {
  const connection = await openConnection({ folder });
  onTestFinished(async () => await connection.close());
  const table = sqliteItems(connection);
  const index = sqliteVectors(connection);
  return {
    table,
    index,
    layerOf: (embed: Embed) => vectorLayer(table, { meaning: meaning({ table, index, embed }) }),
  };
}

test("an item that shares no word with the query is found by what it means, and says so", async () => {
  const layer = (await openedFile()).layerOf(thesaurus(MEANINGS));
  const texts = ["The physician was late.", "An automobile stood outside.", "Rain fell on the garden."];
  await layer.remember(
    SCOPE,
    texts.map((text) => memoryItem({ text, group: text })),
  );
  const [best] = await layer.recall({ scope: SCOPE, text: "Where is the car?", limit: 3 });
  expect(best).toMatchObject({ text: texts[1], why: { meaning: expect.any(Number) } });
  expect(best?.why["meaning"]).toBeGreaterThan(0);
});

test("words and meaning are weighed against each other, and the shares add up to the score", async () => {
  const layer = (await openedFile()).layerOf(thesaurus(MEANINGS));
  const texts = ["The doctor bought a car.", "An automobile, inexpensive.", "The doctor."];
  await layer.remember(
    SCOPE,
    texts.map((text) => memoryItem({ text, group: text })),
  );
  const [best] = await layer.recall({ scope: SCOPE, text: "the doctor's car", limit: 3 });
  expect(best?.text).toBe(texts[0]);
  expect(Object.values(best?.why ?? {}).reduce((sum, share) => sum + share, 0)).toBeCloseTo(best?.score ?? 0, 2);
});

test("another model embeds everything anew and never compares old vectors with new ones", async () => {
  const folder = temporaryFolder();
  const opened = await openedFile(folder);
  const old = opened.layerOf(hashEmbed(8, "old"));
  await old.remember(
    SCOPE,
    ["An automobile stood outside.", "The physician was late."].map((text) => memoryItem({ text })),
  );
  const fresh = opened.layerOf(thesaurus(MEANINGS));
  const [best] = await fresh.recall({ scope: SCOPE, text: "car", limit: 1 });
  expect(best).toMatchObject({ text: "An automobile stood outside.", why: { meaning: expect.any(Number) } });
  expect(fresh.warning?.(SCOPE)).toBeUndefined();
});

test("a model that is away costs the meaning, not the recall; what it missed is embedded when it is back", async () => {
  const opened = await openedFile();
  let isAway = true;
  const real = thesaurus(MEANINGS);
  const layer = opened.layerOf({
    ...real,
    async embed(texts) {
      if (isAway) throw new Error("no route to the model");
      return await real.embed(texts);
    },
  });
  await layer.remember(SCOPE, [memoryItem({ text: "An automobile stood outside." })]);
  expect(await layer.recall({ scope: SCOPE, text: "automobile", limit: 1 })).toHaveLength(1);
  expect(layer.warning?.(SCOPE)).toContain("no route to the model");
  isAway = false;
  expect(await layer.recall({ scope: SCOPE, text: "car", limit: 1 })).toHaveLength(1);
  expect(layer.warning?.(SCOPE)).toBeUndefined();
});

test("many items of a new model are embedded in the background, and recalls say so meanwhile", async () => {
  const { table, index } = await openedFile();
  const plain = vectorLayer(table);
  await plain.remember(
    SCOPE,
    Array.from({ length: 700 }, (_, at) => memoryItem({ text: `Entry ${at} about walnuts.`, order: at })),
  );
  const embed = hashEmbed();
  const work = meaning({ table, index, embed });
  const layer = vectorLayer(table, { meaning: work });
  await layer.recall({ scope: SCOPE, text: "walnuts", limit: 3 });
  expect(layer.warning?.(SCOPE)).toContain("still being embedded by hash");
  await work.catchUp(SCOPE);
  await layer.recall({ scope: SCOPE, text: "walnuts", limit: 3 });
  expect(layer.warning?.(SCOPE)).toBeUndefined();
  expect(embed.calls.flat().filter((text) => text.startsWith("Entry"))).toHaveLength(700);
});

test("items that may not be recalled do not crowd out those that may", async () => {
  const layer = (await openedFile()).layerOf(thesaurus(MEANINGS));
  const crowd = Array.from({ length: 300 }, (_, at) =>
    memoryItem({
      text: `Automobile ${at}.`,
      group: `${at}`,
      origin: { kind: "tool", by: "web", trust: "untrusted" },
    }),
  );
  await layer.remember(SCOPE, [...crowd, memoryItem({ text: "One more automobile.", group: "own" })]);
  const recalled = await layer.recall({
    scope: SCOPE,
    text: "car",
    limit: 2,
    keep: ({ origin }) => origin?.trust !== "untrusted",
  });
  expect(recalled.map(({ text }) => text)).toEqual(["One more automobile."]);
});

test("a purge removes vectors too, also of what is being embedded at that moment", async () => {
  const { table, index } = await openedFile();
  const run = newRunId();
  const origin = { run, kind: "agent", by: "writer", trust: "unreviewed" } as const;
  const real = thesaurus(MEANINGS);
  const layer = vectorLayer(table, {
    meaning: meaning({
      table,
      index,
      embed: {
        ...real,
        async embed(texts) {
          await vectorLayer(table).purge({ tenant: DEFAULT_TENANT, run });
          return await real.embed(texts);
        },
      },
    }),
  });
  await layer.remember(SCOPE, [memoryItem({ text: "An automobile.", origin }), memoryItem({ text: "A car." })]);
  const asked = { space: { key: "thesaurus@3", dimensions: 3 }, vector: Float32Array.of(1, 0, 0), limit: 5 };
  const place = { tenant: DEFAULT_TENANT, namespace: "docs" };
  const { placeOf } = await import("../../memory/vector-index.ts");
  expect((await index.query(placeOf({ ...place, tenant: parseTenantId(place.tenant) }), asked)).hits).toMatchObject([
    { id: "A car." },
  ]);
  expect(await layer.purge({ tenant: DEFAULT_TENANT })).toBe(1);
  expect((await index.query(placeOf(SCOPE), asked)).hits).toEqual([]);
});

/** Refuses every call that holds a text of this kind, as endpoints refuse a whole request for one of its texts. */
function refusing(real: Embed, bad: RegExp): Embed & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    ...real,
    asked,
    async embed(texts) {
      asked.push(...texts);
      if (texts.some((text) => bad.test(text))) throw new Error("400 this input is not allowed");
      return await real.embed(texts);
    },
  };
}

test("an item that the model refuses keeps no other back, is said once, and is found by its words", async () => {
  const embed = refusing(thesaurus(MEANINGS), /poison/);
  const layer = (await openedFile()).layerOf(embed);
  const items = Array.from({ length: 40 }, (_, at) =>
    memoryItem({ text: at === 17 ? "A poison pill." : `An automobile, the ${at}th.`, group: `${at}` }),
  );
  await layer.remember(SCOPE, items);
  const recall = async (text: string) => await layer.recall({ scope: SCOPE, text, limit: 40 });
  expect(await recall("car")).toHaveLength(39);
  expect(layer.warning?.(SCOPE)).toContain("makes no vector of 1 items");
  const before = embed.asked.length;
  expect((await recall("poison")).map(({ text }) => text)).toContain("A poison pill.");
  expect(embed.asked.slice(before).filter((text) => text.includes("pill"))).toEqual([]);
  await recall("car");
  expect(layer.warning?.(SCOPE)).toBeUndefined();
});

test("a vector of another length, or with a number that is none, is refused like the text itself", async () => {
  const real = thesaurus(MEANINGS);
  const layer = (await openedFile()).layerOf({
    ...real,
    async embed(texts) {
      const vectors = await real.embed(texts);
      return vectors.map((vector, at) =>
        texts[at]?.includes("odd") === true ? Float32Array.of(1, Number.NaN) : vector,
      );
    },
  });
  await layer.remember(SCOPE, [memoryItem({ text: "An odd automobile." }), memoryItem({ text: "An automobile." })]);
  const found = await layer.recall({ scope: SCOPE, text: "car", limit: 5 });
  expect(found.map(({ text }) => text)).toEqual(["An automobile."]);
  expect(layer.warning?.(SCOPE)).toContain("expected a vector of 3 numbers");
});

test("a model that stays away is left alone: recalls do not wait for it", async () => {
  const { table, index } = await openedFile();
  let calls = 0;
  let isAway = true;
  const real = thesaurus(MEANINGS);
  const embed: Embed = {
    ...real,
    async embed(texts) {
      calls += 1;
      if (isAway) throw Object.assign(new Error("503"), { retryable: true });
      return await real.embed(texts);
    },
  };
  const work = meaning({ table, index, embed, patience: { pauseMs: 60_000 } });
  const layer = vectorLayer(table, { meaning: work });
  await layer.remember(SCOPE, [memoryItem({ text: "An automobile stood outside." })]);
  for (let at = 0; at < 5; at += 1)
    expect(await layer.recall({ scope: SCOPE, text: "automobile", limit: 1 })).toHaveLength(1);
  expect(calls).toBe(5);
  expect(layer.warning?.(SCOPE)).toContain("is not asked for a moment");
  isAway = false;
  const again = vectorLayer(table, { meaning: meaning({ table, index, embed }) });
  expect(await again.recall({ scope: SCOPE, text: "car", limit: 1 })).toHaveLength(1);
});

test("a model that never answers is not waited for, neither by who remembers nor by who recalls", async () => {
  const { table, index } = await openedFile();
  const embed: Embed = {
    ...thesaurus(MEANINGS),
    embed: async () => await new Promise<never>(() => {}),
  };
  const work = meaning({ table, index, embed, patience: { queryMs: 20, stallMs: 20 } });
  const layer = vectorLayer(table, { meaning: work });
  await layer.remember(SCOPE, [memoryItem({ text: "An automobile stood outside." })]);
  expect(await layer.recall({ scope: SCOPE, text: "automobile", limit: 1 })).toHaveLength(1);
  expect(layer.warning?.(SCOPE)).toMatch(/within 20 ms|not asked for a moment/u);
});
