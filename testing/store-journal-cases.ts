import { expect, test } from "vitest";

import type { EffectRow } from "../runs/store.ts";
import { claimed, claimedRun, openStores, SETTLEMENTS, type MakeStorePlace } from "./opened-store.ts";

/** What a run leaves behind: its events, the results of its calls, the texts of its prompts. */
export function storeJournalCases(make: MakeStorePlace): void {
  test("events are numbered from 1 without a gap, over several owners", async () => {
    const [store, other] = await openStores(make, 2);
    const { fence } = await claimedRun(store);
    await store.events.append(fence, [
      { type: "run_cancelled", reason: "ä\u0000🦉" },
      { type: "step_committed", step: -1 },
    ]);
    await store.events.append(fence, []);
    await store.runs.settle(fence, SETTLEMENTS.failed);
    const { fence: second } = await claimed(store, fence.run);
    await store.events.append(second, [{ type: "run_completed" }]);
    const events = (await other?.events.read(fence.run, 0)) ?? [];
    expect(events.map(({ seq, type }) => [seq, type])).toEqual([
      [1, "run_cancelled"],
      [2, "step_committed"],
      [3, "run_completed"],
    ]);
    expect(events[0]).toEqual({ type: "run_cancelled", reason: "ä\u0000🦉", seq: 1, at: expect.any(Number) });
    expect((await store.events.read(fence.run, 2)).map(({ seq }) => seq)).toEqual([3]);
    expect(await store.events.read(fence.run, 3)).toEqual([]);
    expect((await store.events.latest(fence.run, 2)).map(({ seq }) => seq)).toEqual([2, 3]);
    expect(await store.events.latest(fence.run, 9)).toEqual(events);
  });

  test("events appended at once stay together and in the order in which they were appended", async () => {
    const [store] = await openStores(make);
    const { fence } = await claimedRun(store);
    const pairs = Array.from({ length: 50 }, (_, index) => [index * 2, index * 2 + 1]);
    await Promise.all(
      pairs.map(
        async (pair) =>
          await store.events.append(
            fence,
            pair.map((step) => ({ type: "step_committed", step }) as const),
          ),
      ),
    );
    const events = await store.events.read(fence.run, 0);
    expect(events.map((event) => (event.type === "step_committed" ? event.step : undefined))).toEqual(pairs.flat());
  });

  test("the events of one run are not those of another", async () => {
    const [store] = await openStores(make);
    const first = await claimedRun(store);
    const second = await claimedRun(store);
    await store.events.append(first.fence, [{ type: "run_completed" }]);
    expect(await store.events.read(second.fence.run, 0)).toEqual([]);
  });

  test("a recorded call is found by its key, in its own run only", async () => {
    const [store, other] = await openStores(make, 2);
    const { fence } = await claimedRun(store);
    const stranger = await claimedRun(store);
    const row = effect({ value: { text: "ä\u0000🦉", list: [1.5, null, false] } });
    await store.effects.record(fence, row);
    expect(await other?.effects.find(fence.run, "k1")).toEqual(row);
    expect(await store.effects.find(fence.run, "k2")).toBeUndefined();
    expect(await store.effects.find(stranger.fence.run, "k1")).toBeUndefined();
  });

  test("a spent call is kept on record and never found", async () => {
    const [store] = await openStores(make);
    const { fence } = await claimedRun(store);
    const spent = effect({ status: "spent", value: "no JSON" });
    const done = effect({ value: "right" });
    await store.effects.record(fence, spent);
    await store.effects.record(fence, spent);
    expect(await store.effects.find(fence.run, "k1")).toBeUndefined();
    await store.effects.record(fence, done);
    expect(await store.effects.find(fence.run, "k1")).toEqual(done);
    expect(await store.effects.list(fence.run)).toEqual([spent, spent, done]);
  });

  test("a call that is done keeps its first result", async () => {
    const [store] = await openStores(make);
    const { fence } = await claimedRun(store);
    await store.effects.record(fence, effect({ value: "first" }));
    await store.effects.record(fence, effect({ value: "second" }));
    expect(await store.effects.list(fence.run)).toEqual([effect({ value: "first" })]);
  });

  test("an intent is found until it is known what became of it", async () => {
    const [store, other] = await openStores(make, 2);
    const { fence } = await claimedRun(store);
    const intent = effect({ status: "intent", value: { to: "a@b.c" } });
    await store.effects.record(fence, intent);
    expect(await other?.effects.find(fence.run, "k1")).toEqual(intent);
    await store.effects.record(fence, effect({ status: "undone" }));
    expect(await store.effects.find(fence.run, "k1")).toBeUndefined();
    await store.effects.record(fence, intent);
    expect(await store.effects.find(fence.run, "k1")).toEqual(intent);
    await store.effects.record(fence, effect({ value: "sent" }));
    expect(await store.effects.find(fence.run, "k1")).toEqual(effect({ value: "sent" }));
    expect((await store.effects.list(fence.run)).map(({ status }) => status)).toEqual([
      "intent",
      "undone",
      "intent",
      "done",
    ]);
  });

  test("calls are listed in the order in which they were recorded", async () => {
    const [store] = await openStores(make);
    const { fence } = await claimedRun(store);
    const keys = ["z", "a", "m", "b"];
    for (const key of keys) await store.effects.record(fence, effect({ key }));
    expect((await store.effects.list(fence.run)).map(({ key }) => key)).toEqual(keys);
  });
}

function effect(parts: Partial<EffectRow> = {}): EffectRow {
  return { key: "k1", kind: "model", name: "offline", status: "done", value: null, ...parts };
}
