import { expect, test } from "vitest";

import type { LayerName, RecalledItem } from "../../memory/item.ts";
import { mergeRecalled } from "../../memory/merge.ts";
import { memoryItem } from "../../testing/memory-suite.ts";

function recalled(layer: LayerName, scores: readonly number[], rule = "words"): readonly RecalledItem[] {
  return scores.map((score, place) => ({
    ...memoryItem({ text: `${layer} ${place}` }),
    layer,
    score,
    why: { [rule]: score },
  }));
}

function merged(layers: readonly (readonly RecalledItem[])[], limit: number): readonly string[] {
  return mergeRecalled(
    layers.map((items) => ({ items })),
    limit,
  ).map(({ text }) => text);
}

test("layers are joined best first by the share of each layer's best score", () => {
  expect(merged([recalled("session", [2, 1.9, 0.2]), recalled("vector", [30, 24])], 5)).toEqual([
    "session 0",
    "vector 0",
    "session 1",
    "vector 1",
    "session 2",
  ]);
});

test("no layer is crowded out by the others", () => {
  const strong = recalled("vector", [10, 9.9, 9.8, 9.7, 9.6, 9.5, 9.4, 9.3]);
  const texts = merged([recalled("session", [5, 1, 0.9]), strong], 8);
  expect(texts.filter((text) => text.startsWith("session"))).toEqual(["session 0", "session 1"]);
  expect(texts).toHaveLength(8);
});

test("items that are only new get one place, at the end, unless places are left", () => {
  const newest = recalled("session", [0.001, 0.0005, 0.0003], "newest");
  expect(merged([newest, recalled("vector", [4, 3, 2, 1])], 4)).toEqual([
    "vector 0",
    "vector 1",
    "vector 2",
    "session 0",
  ]);
  expect(merged([newest, recalled("vector", [4])], 4)).toEqual(["vector 0", "session 0", "session 1", "session 2"]);
});

test("the same text from two layers is kept once, where it ranks best", () => {
  const twin = recalled("vector", [8, 7]).map((item, place) =>
    place === 1 ? { ...item, text: "  SESSION \n 0 " } : item,
  );
  expect(merged([recalled("session", [3]), twin], 5)).toEqual(["session 0", "vector 0"]);
});

test("no layers, no items", () => {
  expect(mergeRecalled([], 5)).toEqual([]);
  expect(mergeRecalled([{ items: [] }, { items: [] }], 5)).toEqual([]);
});

test("where it is known how good each layer's best is, its items are placed by that and no places are kept", () => {
  const weak = { items: recalled("session", [5, 4, 3]), best: 1 };
  const strong = { items: recalled("vector", [10, 9, 8]), best: 10 };
  const texts = mergeRecalled([weak, strong], 4).map(({ text }) => text);
  expect(texts).toEqual(["vector 0", "vector 1", "vector 2", "session 0"]);
});
