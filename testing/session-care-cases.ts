import { expect, test } from "vitest";

import type { Clock } from "../core/clock.ts";
import { parseTenantId } from "../core/ids.ts";
import type { MemoryItem, MemoryScope, Origin } from "../memory/item.ts";
import { memoryItem } from "./memory-suite.ts";
import type { SessionPlace } from "./session-suite.ts";

const SCOPE: MemoryScope = { tenant: parseTenantId("acme"), namespace: "session-1" };
const OTHER: MemoryScope = { ...SCOPE, namespace: "session-2" };

export type MakePlace = (clock?: Clock) => Promise<SessionPlace>;

export function fieldCases(place: MakePlace): void {
  test("fields have a version of their own, are replaced one by one, and go when they are set to nothing", async () => {
    const layer = (await place()).layer();
    expect(await layer.readFields(SCOPE)).toEqual({ version: 0, values: {} });
    await layer.append(SCOPE, { op: "a", items: [memoryItem({ text: "one" })] });
    expect(await layer.setFields(SCOPE, { values: { goal: "ship", "a:b {c}\n*": [1, { two: null }] } })).toEqual({
      outcome: "written",
      version: 1,
    });
    expect(await layer.setFields(SCOPE, { values: { goal: undefined, mood: "calm" } })).toMatchObject({ version: 2 });
    expect(await layer.readFields(SCOPE)).toEqual({
      version: 2,
      values: { "a:b {c}\n*": [1, { two: null }], mood: "calm" },
    });
    expect(await layer.read(SCOPE)).toMatchObject({ version: 1 });
    expect((await layer.append(SCOPE, { op: "b", items: [memoryItem({ text: "two" })] })).version).toBe(2);
    expect((await layer.readFields(SCOPE)).version).toBe(2);
  });

  test("a change that expects another version changes nothing", async () => {
    const layer = (await place()).layer();
    await layer.setFields(SCOPE, { values: { a: 1 }, expectedVersion: 0 });
    expect(await layer.setFields(SCOPE, { values: { a: 2 }, expectedVersion: 0 })).toEqual({
      outcome: "conflict",
      version: 1,
    });
    expect((await layer.readFields(SCOPE)).values).toEqual({ a: 1 });
  });

  test("fields without an append live and end like a session, and an append leaves them alone", async () => {
    let now = 0;
    const clock: Clock = { now: () => now, sleep: () => Promise.resolve() };
    const layer = (await place(clock)).layer({ ttlSeconds: 10 });
    await layer.setFields(SCOPE, { values: { a: 1 } });
    now = 9_000;
    await layer.append(SCOPE, { op: "a", items: [memoryItem({ text: "one" })] });
    now = 18_000;
    expect((await layer.readFields(SCOPE)).values).toEqual({ a: 1 });
    now = 19_000;
    expect(await layer.readFields(SCOPE)).toEqual({ version: 0, values: {} });
  });
}

function written(text: string, by: string, run: string): MemoryItem {
  const origin: Origin = { run, kind: "node", by, trust: "unreviewed" };
  return memoryItem({ text, origin });
}

export function careCases(place: MakePlace): void {
  test("purge removes what a run or a writer remembered, and what was made from it, and nothing else", async () => {
    const layer = (await place()).layer({ maxItems: 4 });
    const made = memoryItem({
      text: "derived",
      origin: { kind: "agent", by: "summariser", trust: "unreviewed", from: { runs: ["run_1"], writers: ["a"] } },
    });
    const items = [
      written("one", "a", "run_1"),
      written("two", "b", "run_1"),
      written("three", "a", "run_2"),
      made,
      memoryItem({ text: "own" }),
    ];
    await layer.append(SCOPE, { op: "x", items });
    await layer.append(OTHER, { op: "x", items: [written("other", "b", "run_1")] });
    const { tenant } = SCOPE;
    expect(await layer.purge({ tenant: parseTenantId("foreign"), run: "run_1" })).toBe(0);
    expect(await layer.purge({ tenant, run: "run_1" })).toBe(4);
    const left = async (scope: MemoryScope) => {
      const { items: kept, evicted } = await layer.read(scope);
      return [...evicted, ...kept].map(({ text }) => text);
    };
    expect([await left(SCOPE), await left(OTHER)]).toEqual([["three", "own"], []]);
    expect(await layer.purge({ tenant, writer: "a" })).toBe(1);
    expect(await layer.recall({ scope: SCOPE, text: "three", limit: 5 })).toMatchObject([{ text: "own" }]);
  });

  test("purge of a session leaves no trace of it and spares its neighbours; purge of a tenant takes all", async () => {
    const { layer, leftovers } = await place();
    const sessions = layer();
    const names = ["s", "s1", "s:1", "S", "*", "s}", "[s]"];
    for (const namespace of names) {
      await sessions.append({ ...SCOPE, namespace }, { op: "x", items: [memoryItem({ text: "one" })] });
      await sessions.setFields({ ...SCOPE, namespace }, { values: { a: 1 } });
    }
    const before = await leftovers();
    await sessions.purge({ tenant: SCOPE.tenant, session: "s" });
    expect((await sessions.namespaces(SCOPE.tenant)).length).toBe(names.length - 1);
    expect(await leftovers()).toBe((before / names.length) * (names.length - 1));
    await sessions.purge({ tenant: SCOPE.tenant, session: "*" });
    expect((await sessions.read({ ...SCOPE, namespace: "s1" })).items).toHaveLength(1);
    await sessions.purge({ tenant: SCOPE.tenant });
    expect(await leftovers()).toBe(0);
  });

  test("an earlier owner of a run writes nothing once a later one has written", async () => {
    const layer = (await place()).layer();
    const by = (epoch: number, op: string) =>
      layer.append(SCOPE, { op, items: [memoryItem({ text: op })], fence: { run: "run_1", epoch } });
    expect((await by(1, "first")).outcome).toBe("appended");
    expect((await by(2, "second")).outcome).toBe("appended");
    expect(await by(1, "late")).toEqual({ outcome: "fenced", version: 2 });
    await expect(
      layer.remember(SCOPE, [memoryItem({ text: "late too" })], { run: "run_1", epoch: 1 }),
    ).rejects.toMatchObject({
      code: "fenced",
    });
    expect((await layer.read(SCOPE)).items.map(({ text }) => text)).toEqual(["first", "second"]);
  });
}
