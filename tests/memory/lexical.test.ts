import { describe, expect, test } from "vitest";

import type { MemoryItem } from "../../memory/item.ts";
import { LexicalIndex } from "../../memory/lexical.ts";
import { conversation, section } from "./items.ts";

function indexOf(...groups: readonly (readonly MemoryItem[])[]): LexicalIndex {
  const index = new LexicalIndex();
  for (const group of groups) index.add(group);
  return index;
}

/** What one rule added to the item that holds the text. */
function added(
  index: LexicalIndex,
  { query, text, rule }: { readonly query: string; readonly text: string; readonly rule: string },
): number {
  const found = index.search(query, 100).find(({ item }) => item.text.includes(text));
  return found?.why[rule] ?? 0;
}

const TALK = conversation("s1", "2024-05-07", [
  "Anna: We could go hiking again soon, what do you think about the mountains?",
  "Boris: The trail behind the lake was wonderful and not crowded at all.",
  "Anna: My sister bought a telescope and watches the planets every night now.",
  "Boris: That sounds like a fine way to spend the long evenings in winter.",
]);

describe("the rules of the ranking", () => {
  const index = indexOf(
    TALK,
    conversation("s2", "2024-08-20", ["Anna: The bakery closed.", "Boris: What a pity, their bread was good."]),
  );

  test.each([
    ["words are found in other forms", "Who watched a planet?", "telescope", "words"],
    ["a neighbour of a match is lifted", "Who owns the telescope?", "fine way", "neighbours"],
    ["an answer is lifted by its question", "hiking in the mountains", "trail behind", "answer"],
    ["words in quotation marks are meant as they stand", 'Who spoke of "a fine way"?', "fine way", "quoted"],
    ["the session of a match is lifted", "planets and lakes", "fine way", "section"],
    ["the one speaker named is lifted", "What did Anna say of her sister?", "telescope", "speaker"],
    ["what was said on the day named is lifted", "What was bought on 6 May 2024?", "telescope", "date"],
    ["what was said in the month named is lifted", "What was bought in May?", "telescope", "date"],
  ])("%s", (...[, query, text, rule]) => {
    expect(added(index, { query, text, rule })).toBeGreaterThan(0);
  });

  test.each([
    ["a short question is held back", "hiking in the mountains", "hiking again", "question"],
    ["a short text is held back", "bakery", "bakery closed", "short"],
  ])("%s", (...[, query, text, rule]) => {
    expect(added(index, { query, text, rule })).toBeLessThan(0);
  });

  test.each([
    ["no speaker is lifted when two are named", "What do Anna and Boris say of the telescope?", "telescope", "speaker"],
    [
      "a speaker is not named by the start of another word",
      "Does the annual telescope show take place?",
      "telescope",
      "speaker",
    ],
    ["may is a verb without a day or year", "What may the telescope show?", "telescope", "date"],
    ["another month is no match", "What was bought in October?", "telescope", "date"],
    [
      "rules do not reach into another session",
      "What did they do at the lake behind the trail?",
      "bakery",
      "neighbours",
    ],
  ])("%s", (...[, query, text, rule]) => {
    expect(added(index, { query, text, rule })).toBe(0);
  });

  test("what the rules added makes up the score", () => {
    for (const { score, why } of index.search("Did Anna buy the telescope in May?", 10)) {
      expect(Object.values(why).reduce((sum, value) => sum + value, 0)).toBeCloseTo(score, 2);
    }
  });
});

describe("documents", () => {
  const index = indexOf(
    section("ops.md", "Resume a run", [
      "It goes on at the checkpoint that was stored last.",
      "Finished calls are read back from the journal.",
    ]),
    section("ops.md", "Prompts", [
      "A prompt is a file with front matter and a body.",
      "The loader refuses unknown variables.",
    ]),
    section("faq.md", "Questions", [
      "See below.",
      "Where are prompts kept in the repository of an app?",
      "They are files below the folder `prompts`.",
    ]),
  );

  test("a sentence is found by its heading", () => {
    const [best] = index.search("How do I resume?", 1);
    expect(best?.item.context).toBe("Resume a run");
    expect(best?.why["section"]).toBeGreaterThan(0);
  });

  test("a heading counts once, however many sentences stand below it", () => {
    const short = indexOf(section("a.md", "Walnuts", ["One sentence."]), section("b.md", "Rivers", ["One sentence."]));
    const long = indexOf(section("a.md", "Walnuts", ["One sentence."]), section("b.md", "Rivers", ["One sentence."]));
    long.add(section("a.md", "Walnuts", ["One sentence.", "Two sentences."]));
    expect(short.search("walnuts", 1)[0]?.item.context).toBe("Walnuts");
    expect(long.search("walnuts", 5).every(({ item }) => item.context === "Walnuts")).toBe(true);
  });

  test("neither speaker nor date is looked for", () => {
    const why = index.search("Was the prompt file changed in January 1970 by May?", 10).map((found) => found.why);
    expect(why.some((rules) => "date" in rules || "speaker" in rules)).toBe(false);
  });

  test("of equal items the first in reading order comes first", () => {
    const equal = indexOf(
      section("b.md", "Same", ["Walnuts are good.", "Walnuts are good."]),
      section("a.md", "Same", ["Walnuts are good."]),
    );
    expect(equal.search("same", 3).map(({ item }) => item.id)).toEqual(["a.md#Same:0", "b.md#Same:0", "b.md#Same:1"]);
  });

  test("nothing is found for words that nothing holds", () => {
    expect(index.search("zeppelin", 5)).toEqual([]);
  });
});

describe("words", () => {
  const sentences = [
    "The policy of a retry is set per node.",
    "A retryPolicy is set per node.",
    "Each node has a retry policy of its own.",
  ];
  const index = indexOf(...sentences.map((text, at) => section(`${at}.md`, "Nodes", [text])));

  test("words that stand together as in the query count more than the same words apart", () => {
    const oils = indexOf(
      section("a.md", "Oils", ["The oil, if walnut, presses."]),
      section("b.md", "Oils", ["Walnut oil is pressed here."]),
    );
    const words = (text: string): number => added(oils, { query: "walnut oil", text, rule: "words" });
    expect(words("Walnut oil")).toBeGreaterThan(words("The oil"));
  });

  test("two words find the name in code that they make together", () => {
    expect(
      index.search("retry policy", 3).find(({ item }) => item.text.includes("retryPolicy"))?.why["words"],
    ).toBeGreaterThan(0);
  });

  test("a name in code finds its parts", () => {
    expect(index.search("retryPolicy", 3).map(({ why }) => (why["words"] ?? 0) > 0)).toEqual([true, true, true]);
  });
});

describe("growth", () => {
  const items = [...TALK, ...section("ops.md", "Resume", ["Runs resume.", "Calls are read back."])];
  const query = "What do they say of runs, planets and the lake?";

  test.each([
    ["one by one", items.map((item) => [item])],
    ["with repeats", [items, items]],
    ["in reverse order", [items.toReversed()]],
  ])("an index that grew %s ranks like one that was made at once", (_, batches) => {
    expect(indexOf(...batches).search(query, 10)).toEqual(indexOf(items).search(query, 10));
  });

  test("sections may grow by turns", () => {
    const nuts = section("a.md", "Nuts", ["They are hard.", "A walnut is one.", "The walnut is brown."]);
    const trees = section("b.md", "Trees", ["A walnut grows on a tree.", "Trees are tall."]);
    const byTurns = [nuts[0], trees[0], nuts[1], nuts[2], trees[1]].flatMap((item) => item ?? []);
    expect(indexOf(byTurns).search("walnut", 9)).toEqual(indexOf(nuts, trees).search("walnut", 9));
  });

  test("the best of many are the same as the head of the full ranking", () => {
    const many = Array.from(
      { length: 500 },
      (_, order) => section(`${order % 7}.md`, "Nuts", [`Walnut ${order} ${"and more ".repeat(order % 11)}`])[0],
    );
    const index = indexOf(
      many.flatMap((item, order) => (item === undefined ? [] : [{ ...item, id: String(order), order }])),
    );
    const all = index.search("walnut and more", 500);
    expect(all).toHaveLength(500);
    expect(index.search("walnut and more", 7)).toEqual(all.slice(0, 7));
  });
});
