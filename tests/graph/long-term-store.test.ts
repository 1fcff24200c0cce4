import { type LangGraphRunnableConfig, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { node, offline, workflow } from "batonjs";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { parseTenantId } from "../../core/ids.ts";
import { LongTermStore } from "../../graph/long-term-store.ts";
import { tenantMemory } from "../../memory/tenant-memory.ts";
import { openStore } from "../../store/connect.ts";
import { memoryLayers } from "../../store/memory-layers.ts";
import { openBaton, temporaryFolder } from "../support/baton.ts";

async function layer() {
  const store = await openStore({ folder: await temporaryFolder() });
  onTestFinished(async () => await store.close());
  return memoryLayers(store).vector;
}

async function storeOf(tenant: string, shared?: Awaited<ReturnType<typeof layer>>) {
  return new LongTermStore(tenantMemory(shared ?? (await layer()), parseTenantId(tenant)));
}

describe("LangGraph's store over long-term memory", () => {
  test("keeps the newest value of a key, with the time of the first, until it is deleted", async () => {
    const store = await storeOf("acme");
    expect(await store.get(["users", "ada"], "likes")).toBeNull();
    await store.put(["users", "ada"], "likes", { drink: "tea" });
    const first = await store.get(["users", "ada"], "likes");
    await store.put(["users", "ada"], "likes", { drink: "coffee", cups: 2 });
    const second = await store.get(["users", "ada"], "likes");
    expect(second).toMatchObject({ key: "likes", namespace: ["users", "ada"], value: { drink: "coffee", cups: 2 } });
    expect(second?.createdAt).toEqual(first?.createdAt);
    expect(second?.updatedAt.getTime()).toBeGreaterThan(first?.updatedAt.getTime() ?? 0);
    await store.delete(["users", "ada"], "likes");
    expect(await store.get(["users", "ada"], "likes")).toBeNull();
    expect(await store.search(["users"])).toEqual([]);
    await store.put(["users", "ada"], "likes", { drink: "tea" });
    expect(await store.get(["users", "ada"], "likes")).toMatchObject({ value: { drink: "tea" } });
  });

  test("puts what is there already no second time", async () => {
    const vector = await layer();
    const store = await storeOf("acme", vector);
    for (let time = 0; time < 3; time += 1) await store.put(["a"], "k", { n: 1 });
    const names = await vector.namespaces(parseTenantId("acme"));
    expect(names).toHaveLength(2);
    expect(await vector.list({ tenant: parseTenantId("acme"), namespace: "store:a" })).toHaveLength(1);
  });

  test("searches by words, prefix and filter, the best first, and in pages", async () => {
    const store = await storeOf("acme");
    await store.put(["docs", "a"], "1", { text: "Walnuts are harvested in autumn.", year: 2024 });
    await store.put(["docs", "a"], "2", { text: "Cats sleep all day.", year: 2025 });
    await store.put(["docs", "b"], "3", { text: "The walnut tree is old.", year: 2026, hidden: "walnut" });
    await store.put(["other"], "4", { text: "Walnut oil." });
    const keys = async (...args: Parameters<typeof store.search>) =>
      (await store.search(...args)).map(({ key }) => key);
    expect((await keys(["docs"], { query: "walnut" })).slice(0, 2).toSorted()).toEqual(["1", "3"]);
    expect((await store.search(["docs"], { query: "cats" }))[0]).toMatchObject({ key: "2", score: expect.any(Number) });
    expect(await keys(["docs"], { filter: { year: 2025 } })).toEqual(["2"]);
    expect(await keys(["docs"], { filter: { year: { $gte: 2025 } } })).toEqual(["2", "3"]);
    expect(await keys(["docs"], { limit: 1, offset: 1 })).toEqual(["2"]);
    expect(await keys([])).toEqual(["1", "2", "3", "4"]);
    await store.put(["docs", "a"], "1", { text: "Cats again.", year: 2024 });
    expect(
      (await store.search(["docs", "a"], { query: "walnuts" })).filter(({ score }) => score !== undefined),
    ).toEqual([]);
    await store.put(["docs", "c"], "5", { text: "Walnut.", note: "Plum." }, ["note"]);
    expect((await store.search(["docs", "c"], { query: "walnut" }))[0]?.score).toBeUndefined();
    expect((await store.search(["docs", "c"], { query: "plum" }))[0]?.score).toBeGreaterThan(0);
  });

  test("lists namespaces by prefix, suffix and depth", async () => {
    const store = await storeOf("acme");
    for (const path of [["users", "ada", "likes"], ["users", "bob", "likes"], ["docs"]])
      await store.put(path, "k", { n: 1 });
    expect(await store.listNamespaces({ prefix: ["users"], maxDepth: 2 })).toEqual([
      ["users", "ada"],
      ["users", "bob"],
    ]);
    expect(await store.listNamespaces({ suffix: ["likes"] })).toHaveLength(2);
    expect(await store.listNamespaces({ prefix: ["*", "bob"] })).toEqual([["users", "bob", "likes"]]);
  });

  test("S03: no prefix of a label, and no other tenant, finds what is not theirs", async () => {
    const vector = await layer();
    const [one, ten] = [await storeOf("1", vector), await storeOf("10", vector)];
    await one.put(["tenants", "1"], "secret", { text: "walnut of one" });
    await one.put(["tenants", "10"], "secret", { text: "walnut of ten" });
    for (const label of ["1_", "1%", "1~003aadmin", "1 ", "*", "\uFF11"])
      await one.put(["tenants", label], "secret", { text: "walnut of another" });
    const found = await one.search(["tenants", "1"], { query: "walnut", limit: 100 });
    expect(found.map(({ namespace }) => namespace)).toEqual([["tenants", "1"]]);
    expect(await one.search(["tenants", "1%"])).toHaveLength(1);
    expect(await ten.search([], { limit: 100 })).toEqual([]);
    expect(await ten.get(["tenants", "1"], "secret")).toBeNull();
    expect(await ten.listNamespaces()).toEqual([]);
  });
});

test("nodes of a run find it as `config.store`, and runs of one tenant share it", async () => {
  const State = new StateSchema({ user: z.string(), seen: z.string().default("") });
  const plain = async ({ user }: { user: string }, { store }: LangGraphRunnableConfig) => {
    const known = await store?.get(["users", user], "visits");
    const visits = Number(known?.value["visits"] ?? 0) + 1;
    await store?.put(["users", user], "visits", { visits });
    return { seen: `visit ${visits}` };
  };
  const last = node(State, { reads: ["seen"], writes: [] }, () => ({}));
  const graph = new StateGraph(State)
    .addNode("plain", plain)
    .addNode("last", last)
    .addEdge(START, "plain")
    .addEdge("plain", "last");
  const baton = await openBaton({ workflows: [workflow({ id: "visits", graph })], model: offline() });
  const visit = async (tenant: string) =>
    (await (await baton.start("visits", { user: "ada" }, { tenant: parseTenantId(tenant) })).result()).state["seen"];
  expect([await visit("acme"), await visit("acme"), await visit("other")]).toEqual(["visit 1", "visit 2", "visit 1"]);
});
