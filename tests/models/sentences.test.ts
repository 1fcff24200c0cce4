import { expect, test } from "vitest";

import { sentencesOf } from "../../models/offline/sentences.ts";

test.each([
  {
    name: "two sentences",
    text: "One thing is true. Another thing is not.",
    expected: ["One thing is true.", "Another thing is not."],
  },
  {
    name: "wrapped lines",
    text: "One thing is\ntrue for us.\r\nAnother is not.",
    expected: ["One thing is true for us.", "Another is not."],
  },
  {
    name: "abbreviations",
    text: "Use a store, e.g. Redis, cf. Fig. 3 and Dr. No. Then go on now.",
    expected: ["Use a store, e.g. Redis, cf. Fig. 3 and Dr. No. Then go on now."],
  },
  {
    name: "versions and numbers",
    text: "Node 22.18 is needed, not v1.2.3 of it. It costs 3.50 a month.",
    expected: ["Node 22.18 is needed, not v1.2.3 of it.", "It costs 3.50 a month."],
  },
  {
    name: "file names",
    text: "See design.md for more of it. The file main.ts runs first.",
    expected: ["See design.md for more of it.", "The file main.ts runs first."],
  },
  {
    name: "full stops inside code, quotes and brackets",
    text: 'It says "Stop. Go back." to you. Call `a. B` now (see there. Really) please.',
    expected: ['It says "Stop. Go back." to you.', "Call `a. B` now (see there. Really) please."],
  },
  {
    name: "the end of bold text",
    text: "**Never do that.** Always do this instead.",
    expected: ["**Never do that.**", "Always do this instead."],
  },
  {
    name: "headings, fences, tables and rules",
    text: "# The heading here\n\nText stands here now.\n\n```js\nconst a = 1. That is code here.\n```\n\n| a cell. Here it is | b |\n|---|---|\n\n---\nMore text stands here.",
    expected: ["Text stands here now.", "More text stands here."],
  },
  {
    name: "underlined headings",
    text: "The heading of it all\n=====================\n\nText stands here now.",
    expected: ["Text stands here now."],
  },
  {
    name: "front matter",
    text: "---\ntitle: The title is here\n---\nText stands here now.",
    expected: ["Text stands here now."],
  },
  {
    name: "list items",
    text: "- The first item stands alone\n- The second one is done.\n1. [ ] The third one is open.",
    expected: ["The first item stands alone", "The second one is done.", "The third one is open."],
  },
  { name: "quoted lines", text: "> This is said by\n> somebody else.", expected: ["This is said by somebody else."] },
  {
    name: "labels and fragments",
    text: "Example:\n\nNo.\n\nFor instance the following:\n\nThis is a sentence.",
    expected: ["This is a sentence."],
  },
  {
    name: "an unclosed fence",
    text: "This is a sentence.\n\n```\ncode goes on here.",
    expected: ["This is a sentence."],
  },
  {
    name: "scripts without spaces",
    text: "これは最初の文です。これは二番目の文です。",
    expected: ["これは最初の文です。", "これは二番目の文です。"],
  },
  { name: "nothing", text: " \n\n ", expected: [] },
])("cuts $name", ({ text, expected }) => {
  expect(sentencesOf(text)).toEqual(expected);
});

test("reads a hostile text in linear time", () => {
  for (const piece of ["(", "`a. B ", '"A. ', "- ", "> ", "* ", "e.g. ", "A. ", "| ", "[a](", "\n#"]) {
    const startedAt = performance.now();
    sentencesOf(piece.repeat(20_000));
    expect(performance.now() - startedAt).toBeLessThan(3000);
  }
});
