import { type BaseStore, InMemoryStore } from "@langchain/langgraph-checkpoint";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";

import { type TenantId, parseTenantId } from "../../core/ids.ts";
import { LongTermStore } from "../../graph/long-term-store.ts";
import type { LastingLayer } from "../../memory/layer.ts";
import { tenantMemory } from "../../memory/tenant-memory.ts";
import { vectorLayer } from "../../memory/vector.ts";
import { openStore } from "../../store/connect.ts";
import { memoryLayers } from "../../store/memory-layers.ts";
import { type Database, openDatabase } from "../../store/postgres/database.ts";
import { postgresItems } from "../../store/postgres/items.ts";
import { temporaryFolder } from "../support/baton.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";

// LangGraph publishes suites for savers and none for stores: its own store is the oracle.

let real: TestDatabase;
let server: Database;
beforeAll(async () => {
  real = await createTestDatabase();
  server = await openDatabase({ url: real.url, connections: 2 });
});
afterAll(async () => {
  await server.close();
  await real.drop();
});

const PLACES: readonly (readonly [place: string, layer: () => Promise<LastingLayer>])[] = [
  [
    "SQLite",
    async () => {
      const store = await openStore({ folder: await temporaryFolder() });
      onTestFinished(async () => await store.close());
      return memoryLayers(store).vector;
    },
  ],
  ["PostgreSQL", async () => vectorLayer(postgresItems(server))],
];

function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

const PATHS = [["a"], ["a", "b"], ["a", "bb"], ["b"], ["users", "1"], ["users", "10"], ["ü", "日本"], ["%", "_", "*"]];
const KEYS = ["k", "K", "1", "", "__proto__", "constructor", "a:b", "💡"];
const VALUES = [{ n: 1 }, { n: 2, text: "walnut" }, { n: "2" }, { n: null }, { list: [1, { deep: true }] }, {}];
const FILTERS: readonly (Record<string, unknown> | undefined)[] = [
  undefined,
  {},
  { n: 1 },
  { n: "2" },
  { n: null },
  { n: { $gte: 2 } },
  { n: { $lt: 2 } },
  { n: { $ne: 1 } },
  { n: { $in: [1, "2"] } },
  { n: { $nin: [1, 2] } },
  { n: { $gt: 0, $lte: 1 } },
  { toString: { $eq: 1 } },
];

/** What both must agree on: of equal age an order is no promise. */
async function all(store: BaseStore, path: string[], filter: Record<string, unknown> | undefined) {
  const found = await store.search(path, { ...(filter === undefined ? {} : { filter }), limit: 1_000 });
  return found.map(({ namespace, key, value }) => JSON.stringify([namespace, key, value])).toSorted();
}

async function pages(store: BaseStore, path: string[]) {
  const keys: string[] = [];
  for (let offset = 0; ; offset += 3) {
    const page = await store.search(path, { limit: 3, offset });
    keys.push(...page.map(({ namespace, key }) => JSON.stringify([namespace, key])));
    if (page.length < 3) return keys.toSorted();
  }
}

async function listed(store: BaseStore, options: Parameters<BaseStore["listNamespaces"]>[0]) {
  return (await store.listNamespaces(options)).map((path) => JSON.stringify(path)).toSorted();
}

describe.each(PLACES)("LangGraph's store on %s", (_place, layerOf) => {
  test("answers random operations as LangGraph's own store does", async () => {
    const layer = await layerOf();
    const ours = new LongTermStore(tenantMemory(layer, tenantOf(1)));
    const stock = new InMemoryStore();
    const roll = dice(20_261_125);
    const oneOf = <T>(list: readonly T[]): T => list[roll(list.length)] as T;
    for (let at = 0; at < 150; at += 1) {
      const [path, key] = [oneOf(PATHS), oneOf(KEYS)];
      switch (roll(6)) {
        case 0:
        case 1: {
          const value = oneOf(VALUES);
          for (const store of [ours, stock]) await store.put(path, key, structuredClone(value));
          break;
        }
        case 2:
          for (const store of [ours, stock]) await store.delete(path, key);
          break;
        case 3: {
          const known = await stock.get(path, key);
          const found = await ours.get(path, key);
          expect(found?.value ?? null).toEqual(known?.value ?? null);
          expect(found?.namespace ?? null).toEqual(known?.namespace ?? null);
          break;
        }
        case 4: {
          const prefix = path.slice(0, roll(path.length + 1));
          const filter = oneOf(FILTERS);
          expect(await all(ours, prefix, filter), JSON.stringify({ prefix, filter })).toEqual(
            await all(stock, prefix, filter),
          );
          break;
        }
        default:
          expect(await pages(ours, path)).toEqual(await pages(stock, path));
      }
    }
    const paths = (await listed(ours, {})).length;
    expect(paths).toBeGreaterThan(5);
    for (const options of [{ prefix: ["a"] }, { suffix: ["b"] }, { prefix: ["users", "*"] }, { maxDepth: 1 }])
      // A path whose last key was deleted is still named by one and not by the other.
      for (const path of await listed(stock, options)) expect(await listed(ours, options)).toContain(path);
  });

  test("takes many operations at once, reads before writes, and the last write to a key", async () => {
    const layer = await layerOf();
    const store = new LongTermStore(tenantMemory(layer, tenantOf(2)));
    await store.put(["a"], "k", { n: 1 });
    const [, got, searched, , paths] = await store.batch([
      { namespace: ["a"], key: "k", value: { n: 2 } },
      { namespace: ["a"], key: "k" },
      { namespacePrefix: ["a"], limit: 10, offset: 0 },
      { namespace: ["a"], key: "k", value: { n: 3 } },
      { matchConditions: [], limit: 10, offset: 0 },
    ]);
    expect(got).toMatchObject({ value: { n: 1 } });
    expect(searched).toMatchObject([{ value: { n: 1 } }]);
    expect(paths).toEqual([["a"]]);
    expect(await store.get(["a"], "k")).toMatchObject({ value: { n: 3 } });
  });

  test("refuses the paths that LangGraph's stores refuse", async () => {
    const layer = await layerOf();
    const ours = new LongTermStore(tenantMemory(layer, tenantOf(3)));
    for (const path of [[], ["a.b"], ["a:b"], [""], ["\0"], ["langgraph", "x"]])
      for (const store of [ours, new InMemoryStore()])
        await expect(store.put(path, "k", { n: 1 })).rejects.toThrow(/namespace/iu);
    expect(await ours.listNamespaces()).toEqual([]);
  });

  test("finds by the words of the fields that a value is indexed by", async () => {
    const layer = await layerOf();
    const ours = new LongTermStore(tenantMemory(layer, tenantOf(4)));
    const value = { title: "Plum", parts: [{ text: "walnut" }, { text: "cherry" }], meta: { by: "Ada", year: 1843 } };
    const found = async (index: string[], query: string) => {
      const path = [`p${index.join("").replaceAll(".", "-")}`];
      await ours.put(path, "k", value, index);
      return (await ours.search(path, { query }))[0]?.score !== undefined;
    };
    expect(await found(["parts[*].text"], "cherry")).toBe(true);
    expect(await found(["parts[0].text"], "cherry")).toBe(false);
    expect(await found(["parts[-1].text"], "cherry")).toBe(true);
    expect(await found(["meta.by"], "Ada")).toBe(true);
    expect(await found(["meta.year"], "1843")).toBe(true);
    expect(await found(["meta.*"], "Ada")).toBe(true);
    expect(await found(["$"], "plum")).toBe(true);
    expect(await found(["nothing.here", "title"], "walnut")).toBe(false);
  });
});

function tenantOf(number: number): TenantId {
  return parseTenantId(`tenant${number}`);
}
