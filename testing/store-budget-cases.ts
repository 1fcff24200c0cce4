import { expect, test } from "vitest";

import { NOTHING_SPENT, type Spend } from "../core/budget.ts";
import {
  claimed,
  claimedRun,
  ELSEWHERE,
  openStores,
  SETTLEMENTS,
  takenOver,
  type MakeStorePlace,
} from "./opened-store.ts";

const call = (tokens: number, parts: Partial<Spend> = {}): Spend => ({
  tokens,
  usd: 0,
  modelCalls: 1,
  steps: 0,
  ...parts,
});

/** What runs may use, and what they use of it. */
export function storeBudgetCases(make: MakeStorePlace): void {
  test("a budget that nobody opened is undefined", async () => {
    const [store] = await openStores(make);
    const { run } = await claimedRun(store);
    expect(await store.budgets.read(run.id)).toBeUndefined();
  });

  test("what is reserved is settled by what was used, and seen by every store", async () => {
    const [store, other] = await openStores(make, 2);
    const { run, fence } = await claimedRun(store);
    await store.budgets.open(fence, run.id, { tokens: 100, usd: 0.5 });
    await store.budgets.reserve(fence, run.id, { key: "a", amount: call(40, { usd: 0.25 }), isOpenEnded: false });
    expect(await other?.budgets.read(run.id)).toEqual({
      limits: { tokens: 100, usd: 0.5 },
      spent: NOTHING_SPENT,
      reserved: { tokens: 40, usd: 0.25, modelCalls: 1, steps: 0 },
      open: 1,
      openEnded: 0,
    });
    await store.budgets.settle(fence, run.id, { key: "a", amount: call(12, { usd: 0.125 }) });
    expect(await other?.budgets.read(run.id)).toMatchObject({ spent: call(12, { usd: 0.125 }), open: 0 });
  });

  test("nothing is counted twice, however often it is said", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    await store.budgets.open(fence, run.id, { tokens: 100 });
    const wish = { key: "a", amount: call(60), isOpenEnded: false };
    for (let again = 0; again < 3; again += 1)
      expect(await store.budgets.reserve(fence, run.id, wish)).toMatchObject({ verdict: "granted" });
    for (let again = 0; again < 3; again += 1)
      await store.budgets.settle(fence, run.id, { key: "a", amount: call(10) });
    await store.budgets.settle(fence, run.id, { key: "step 1", amount: { ...NOTHING_SPENT, steps: 1 } });
    await store.budgets.settle(fence, run.id, { key: "step 1", amount: { ...NOTHING_SPENT, steps: 1 } });
    await store.budgets.release(fence, run.id, "a");
    expect(await store.budgets.read(run.id)).toMatchObject({ spent: call(10, { steps: 1 }) });
  });

  test("many who reserve at once get no more than there is", async () => {
    const [store, other] = await openStores(make, 2);
    const { run, fence } = await claimedRun(store);
    await store.budgets.open(fence, run.id, { tokens: 100 });
    const answers = await Promise.all(
      Array.from({ length: 32 }, async (_, index) =>
        (index % 2 === 0 ? store : (other ?? store)).budgets.reserve(fence, run.id, {
          key: String(index),
          amount: call(15),
          isOpenEnded: false,
        }),
      ),
    );
    expect(answers.filter(({ verdict }) => verdict === "granted")).toHaveLength(6);
    expect(answers.filter(({ verdict }) => verdict === "wait")).toHaveLength(26);
    expect((await store.budgets.read(run.id))?.reserved.tokens).toBe(90);
  });

  test("who cannot say how much it will be gets the rest for itself", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    await store.budgets.open(fence, run.id, { tokens: 100 });
    const ask = async (key: string, isOpenEnded: boolean): Promise<string> =>
      (await store.budgets.reserve(fence, run.id, { key, amount: call(10), isOpenEnded })).verdict;
    expect(await ask("a", true)).toBe("granted");
    expect(await ask("b", false)).toBe("wait");
    await store.budgets.release(fence, run.id, "a");
    expect(await ask("b", false)).toBe("granted");
    expect(await ask("c", true)).toBe("wait");
    await store.budgets.settle(fence, run.id, { key: "b", amount: call(99) });
    expect(await ask("c", true)).toBe("granted");
    await store.budgets.settle(fence, run.id, { key: "c", amount: call(500) });
    expect(await ask("d", true)).toBe("exhausted");
  });

  test("a higher limit makes room again, and what was spent stays", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    await store.budgets.open(fence, run.id, { modelCalls: 1 });
    const ask = async (key: string): Promise<string> =>
      (await store.budgets.reserve(fence, run.id, { key, amount: call(1), isOpenEnded: false })).verdict;
    expect(await ask("a")).toBe("granted");
    await store.budgets.settle(fence, run.id, { key: "a", amount: call(1) });
    expect(await ask("b")).toBe("exhausted");
    await store.budgets.open(fence, run.id, { modelCalls: 2 });
    expect(await ask("b")).toBe("granted");
  });

  test("F28: what an owner had reserved that is gone counts as spent, and holds nobody up", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    await store.budgets.open(fence, run.id, { tokens: 100 });
    await store.budgets.reserve(fence, run.id, { key: "a", amount: call(30), isOpenEnded: true });
    await store.runs.settle(fence, SETTLEMENTS.failed);
    const { fence: next } = await claimed(store, run.id, { owner: `${ELSEWHERE}2` });
    expect(await store.budgets.read(run.id)).toMatchObject({ spent: call(30), open: 0, openEnded: 0 });
    const wish = { key: "b", amount: call(10), isOpenEnded: true };
    expect(await store.budgets.reserve(next, run.id, wish)).toMatchObject({ verdict: "granted" });
  });

  test("a run that shares the budget of another one is counted there", async () => {
    const [store] = await openStores(make);
    const parent = await claimedRun(store);
    const child = await claimedRun(store);
    const budget = parent.run.id;
    await store.budgets.open(parent.fence, budget, { tokens: 50 });
    await store.budgets.settle(child.fence, budget, { key: "c", amount: call(50) });
    const wish = { key: "p", amount: call(1), isOpenEnded: false };
    expect(await store.budgets.reserve(parent.fence, budget, wish)).toMatchObject({ verdict: "exhausted" });
  });

  test("nothing is written by an owner that lost the run", async () => {
    const [store] = await openStores(make);
    const { stale, current } = await takenOver(store);
    const budget = current.run;
    const writes = [
      async () => await store.budgets.open(stale, budget, { tokens: 1 }),
      async () => await store.budgets.reserve(stale, budget, { key: "a", amount: call(1), isOpenEnded: false }),
      async () => await store.budgets.settle(stale, budget, { key: "a", amount: call(1) }),
      async () => await store.budgets.release(stale, budget, "a"),
    ];
    for (const write of writes) await expect(write()).rejects.toMatchObject({ code: "fenced" });
    expect(await store.budgets.read(budget)).toBeUndefined();
  });

  test("a budget goes with its run when that is pruned", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    await store.budgets.open(fence, run.id, { tokens: 100 });
    await store.budgets.settle(fence, run.id, { key: "a", amount: call(1) });
    await store.runs.settle(fence, SETTLEMENTS.completed);
    await store.prune({ before: Date.now() + 60_000, statuses: ["completed"], keepLatest: 0, dryRun: false });
    expect(await store.budgets.read(run.id)).toBeUndefined();
  });
}
