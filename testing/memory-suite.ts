import { describe, expect, onTestFinished, test } from "vitest";

import { parseTenantId } from "../core/ids.ts";
import type { MemoryItem, MemoryScope } from "../memory/item.ts";
import type { MemoryLayer } from "../memory/layer.ts";
import { HOSTILE_NAMES, picker } from "./hostile-names.ts";

export interface OpenedLayer {
  readonly layer: MemoryLayer;
  readonly close: () => Promise<void>;
}

export interface MemorySuiteOptions {
  /** How many random operations by many tenants are tried. @default 10000 */
  readonly operations?: number;
}

/** The conformance suite of a `MemoryLayer`: registers its tests with vitest. Every test opens a layer that holds nothing. */
export function memorySuite(name: string, open: () => Promise<OpenedLayer>, options: MemorySuiteOptions = {}): void {
  async function opened(): Promise<MemoryLayer> {
    const { layer, close } = await open();
    onTestFinished(close);
    return layer;
  }
  describe(`${name}: recall and remember`, () => recallCases(opened));
  describe(`${name}: scopes`, () => scopeCases(opened, options.operations ?? 10_000));
}

/** A memory item for a test; unlike others unless it is said. */
export function memoryItem(given: Partial<MemoryItem> & { readonly text: string }): MemoryItem {
  return { id: given.text, group: "group", order: 0, time: 0, meta: {}, ...given };
}

const SCOPE: MemoryScope = { tenant: parseTenantId("acme"), namespace: "notes" };

function recallCases(opened: () => Promise<MemoryLayer>): void {
  test("an unknown scope recalls nothing", async () => {
    const layer = await opened();
    expect(await layer.recall({ scope: SCOPE, text: "anything", limit: 5 })).toEqual([]);
  });

  test("the item that fits best comes first, with the layer, its score and what each rule added", async () => {
    const layer = await opened();
    const texts = [
      "The cat sleeps on the sofa all day.",
      "Leases are renewed every ten seconds.",
      "The weather was cold in the mountains.",
    ];
    await layer.remember(
      SCOPE,
      texts.map((text, order) => memoryItem({ text, order, group: text })),
    );
    const [best] = await layer.recall({ scope: SCOPE, text: "How often is a lease renewed?", limit: 5 });
    expect(best).toMatchObject({ text: texts[1], layer: layer.name });
    expect(Object.values(best?.why ?? {}).reduce((sum, value) => sum + value, 0)).toBeCloseTo(best?.score ?? 0, 2);
  });

  test.each([
    ["plain", { text: "A plain sentence about walnuts." }],
    ["in other scripts", { text: "猫はソファで寝ている walnuts Привет 🦉" }],
    [
      "with NUL, lone surrogates and quotes",
      { id: "a\u0000b\ud800'\"", text: "walnuts \u0000 \ud800 '; drop table memory_items; --" },
    ],
    [
      "with context and nested data",
      { text: "About walnuts.", context: "Nuts > Trees", meta: { file: "ä b.md", line: 3, tags: ["x", null, 1.5] } },
    ],
  ])("an item comes back exactly as it was remembered: %s", async (_, given) => {
    const layer = await opened();
    const item = memoryItem({ group: "a group", order: 2.5, time: 1_700_000_000_123, ...given });
    await layer.remember(SCOPE, [item]);
    const [recalled] = await layer.recall({ scope: SCOPE, text: "walnuts", limit: 1 });
    expect(recalled).toMatchObject(item);
  });

  test("an id that the scope holds is left as it is", async () => {
    const layer = await opened();
    await layer.remember(SCOPE, [memoryItem({ id: "one", text: "The first text names walnuts." })]);
    await layer.remember(SCOPE, [
      memoryItem({ id: "one", text: "The second text names walnuts." }),
      memoryItem({ id: "two", text: "Another about walnuts." }),
    ]);
    const recalled = await layer.recall({ scope: SCOPE, text: "walnuts", limit: 5 });
    expect(recalled.map(({ text }) => text).toSorted()).toEqual([
      "Another about walnuts.",
      "The first text names walnuts.",
    ]);
  });

  test("items remembered after a recall are recalled by the next", async () => {
    const layer = await opened();
    await layer.remember(SCOPE, [memoryItem({ text: "First about walnuts." })]);
    await layer.recall({ scope: SCOPE, text: "walnuts", limit: 5 });
    await layer.remember(SCOPE, [memoryItem({ text: "Second about walnuts." })]);
    expect(await layer.recall({ scope: SCOPE, text: "walnuts", limit: 5 })).toHaveLength(2);
  });

  test("at most `limit` items come back", async () => {
    const layer = await opened();
    await layer.remember(
      SCOPE,
      Array.from({ length: 20 }, (_, order) => memoryItem({ text: `Walnut number ${order}.`, order })),
    );
    expect(await layer.recall({ scope: SCOPE, text: "walnut", limit: 3 })).toHaveLength(3);
    expect(await layer.recall({ scope: SCOPE, text: "walnut", limit: 0 })).toEqual([]);
  });

  test.each([
    ["an empty id", { id: "", text: "walnuts" }],
    ["an empty group", { group: "", text: "walnuts" }],
    ["a text of ten million characters", { text: "walnuts ".repeat(1_250_000) }],
    ["an id of ten million characters", { id: "x".repeat(10_000_000), text: "walnuts" }],
    ["data of ten million characters beside the text", { meta: { note: "x".repeat(10_000_000) }, text: "walnuts" }],
    ["bytes for a text", { text: new Uint8Array([0, 159, 146, 150]) as unknown as string }],
    ["an order that is no number", { order: Number.NaN, text: "walnuts" }],
  ])("refuses a batch with %s and stores nothing of it", async (_, given) => {
    const layer = await opened();
    const batch = [memoryItem({ text: "A good item about walnuts." }), memoryItem(given)];
    await expect(layer.remember(SCOPE, batch)).rejects.toMatchObject({ code: "memory-item-invalid" });
    expect(await layer.recall({ scope: SCOPE, text: "walnuts", limit: 5 })).toEqual([]);
  });

  test.each([
    "",
    "   ",
    "\u0000",
    "🦉",
    "the of and",
    "'; drop table memory_items; --",
    "%_*?[]{}\\",
    "walnuts ".repeat(20_000),
  ])("any query is answered: %j", async (text) => {
    const layer = await opened();
    await layer.remember(SCOPE, [memoryItem({ text: "", id: "empty" }), memoryItem({ text: "About walnuts." })]);
    expect((await layer.recall({ scope: SCOPE, text, limit: 5 })).length).toBeLessThanOrEqual(2);
  });
}

const SCOPES_AT_ONCE = 40;

function scopeCases(opened: () => Promise<MemoryLayer>, operations: number): void {
  test("S03 S15: no recall ever returns an item of another tenant or namespace, whatever their names", async () => {
    const layer = await opened();
    const foreign: unknown[] = [];
    const held = new Map<string, Set<string>>();
    const pick = picker(7);
    const act = async (scope: MemoryScope, key: string): Promise<void> => {
      const id = pick(["x", "y", "z"]);
      if (pick(["write", "read"]) === "write") {
        held.set(key, (held.get(key) ?? new Set()).add(id));
        await layer.remember(scope, [memoryItem({ id, text: `walnuts of ${id}`, meta: { owner: key } })]);
        return;
      }
      const recalled = await layer.recall({ scope, text: "walnuts", limit: 10 });
      foreign.push(...recalled.filter(({ meta }) => meta["owner"] !== key));
      expect(recalled.map((item) => item.id).toSorted()).toEqual([...(held.get(key) ?? [])].toSorted());
    };
    for (let done = 0; done < operations;) {
      // Different scopes at once, as in life; one after the other in each, so that it is known what a scope holds.
      const wave = new Map<string, MemoryScope>();
      for (let at = 0; at < SCOPES_AT_ONCE; at += 1) {
        // The type demands checked tenant ids; the layer must hold also against names that no check has seen.
        const scope: MemoryScope = {
          tenant: pick(HOSTILE_NAMES) as MemoryScope["tenant"],
          namespace: pick(HOSTILE_NAMES),
        };
        wave.set(JSON.stringify(scope), scope);
      }
      await Promise.all([...wave].map(async ([key, scope]) => await act(scope, key)));
      done += wave.size;
    }
    expect(foreign).toEqual([]);
    expect(held.size).toBeGreaterThan(Math.min(100, operations / 20));
  });
}
