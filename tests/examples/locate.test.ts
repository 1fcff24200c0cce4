import { expect, test } from "vitest";

import { locateQuote } from "../../examples/research/sources/locate.ts";

const RAW = [
  "# Runs",
  "",
  "A run that **fails** at step 14 goes on",
  "at [step 14](steps.md), in another process &amp; on another machine.",
  "",
  "Nothing else is said here.",
  ...Array.from({ length: 20 }, (_, row) => `Filler sentence number ${row} stands here.`),
  "A finished call is never paid twice.",
].join("\n");

test.each([
  ["words too few to prove anything", { quote: "goes on", line: 3 }, undefined],
  ["a raw piece of the line", { quote: "at step 14 goes on", line: 3 }, { quote: "at step 14 goes on", line: 3 }],
  [
    "a sentence joined over lines and read without marks",
    { quote: "A run that fails at step 14 goes on at step 14, in another process & on another machine.", line: 3 },
    { quote: "at [step 14](steps.md), in another process &amp; on another machine.", line: 4 },
  ],
  [
    "words one line off",
    { quote: "Nothing else is said here.", line: 5 },
    { quote: "Nothing else is said here.", line: 6 },
  ],
  ["words far from the cited line", { quote: "A finished call is never paid twice.", line: 3 }, undefined],
  ["words that stand nowhere", { quote: "A run is always restarted from scratch.", line: 3 }, undefined],
  ["words with one word changed", { quote: "A run that fails at step 15 goes on", line: 3 }, undefined],
  ["a line that does not exist", { quote: "Nothing else is said here.", line: 99 }, undefined],
  ["line zero", { quote: "Nothing else is said here.", line: 0 }, undefined],
  ["an empty quote", { quote: "  ", line: 3 }, undefined],
])("finds or refuses %s", (_, claimed, located) => {
  expect(locateQuote(RAW, claimed)).toEqual(located);
});
