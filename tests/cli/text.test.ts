import { expect, test } from "vitest";

import { printAge, printDuration } from "../../cli/duration.ts";
import { documentText } from "../../cli/output.ts";
import { oneLine, plainText } from "../../cli/plain-text.ts";
import { resultText } from "../../cli/run-result.ts";
import { printTable } from "../../cli/table.ts";

test.each([
  ["colours", "a \u001B[31mred\u001B[0m b", "a red b"],
  ["a window title", "a\u001B]0;owned\u0007b", "ab"],
  ["a hyperlink", "\u001B]8;;https://evil.example\u0007click\u001B]8;;\u0007", "click"],
  ["a cursor movement", "a\u001B[2Jb\u001B[1;1Hc", "abc"],
  ["an 8-bit control sequence", "a\u009B31mb", "ab"],
  ["a bell, a backspace and a carriage return", "a\u0007b\bc\rd", "abcd"],
  ["a lone escape", "a\u001B", "a"],
  ["marks that turn the direction of text", "a\u202Eb\u2066c", "abc"],
])("takes %s out of a text", (_name, text, plain) => {
  expect(plainText(text)).toBe(plain);
});

test("keeps line breaks, tabs and every script", () => {
  expect(plainText("a\r\nb\tc Größe 日本 👩‍🚀 русский")).toBe("a\nb\tc Größe 日本 👩‍🚀 русский");
});

test("puts a text on one line and cuts it between characters", () => {
  expect(oneLine("  a\n\n b\tc ", 20)).toBe("a b c");
  expect(oneLine("👍👍👍👍", 3)).toBe("👍👍…");
});

test.each([
  [0, "0 ms"],
  [999, "999 ms"],
  [1449, "1.4 s"],
  [59_999, "59 s"],
  [125_000, "2 min 5 s"],
  [3_600_000, "1 h 0 min"],
  [200_000_000, "2 d"],
])("prints %i ms as %s", (ms, text) => {
  expect(printDuration(ms)).toBe(text);
});

test.each([
  [500, "just now"],
  [61_000, "1 min ago"],
  [7_200_000, "2 h ago"],
  [172_800_000, "2 d ago"],
])("prints an age of %i ms as %s", (ms, text) => {
  expect(printAge(ms)).toBe(text);
});

test("drops columns, the dearest first, until a table fits", () => {
  const columns = [
    { title: "ID", text: (row: readonly string[]) => row[0] ?? "" },
    { title: "NAME", text: (row: readonly string[]) => row[1] ?? "", drop: 1 },
    { title: "AGE", text: (row: readonly string[]) => row[2] ?? "", drop: 2, align: "right" as const },
  ];
  const rows = [
    ["run_1", "research", "2 s"],
    ["run_2", "brief", "10 s"],
  ] as const;
  expect(printTable(rows, columns, 80)).toBe("ID     NAME       AGE\nrun_1  research   2 s\nrun_2  brief     10 s");
  expect(printTable(rows, columns, 18)).toBe("ID     NAME\nrun_1  research\nrun_2  brief");
  expect(printTable(rows, columns, 3)).toBe("ID\nrun_1\nrun_2");
});

const wrote = (update: Readonly<Record<string, string>>, seq: number) =>
  ({
    type: "task_completed",
    step: seq,
    node: "n",
    taskId: `t${seq}`,
    namespace: "",
    attempt: 1,
    ms: 1,
    update,
    seq,
    at: 0,
  }) as const;

test.each([
  [
    "the field whose name says it is the result",
    { log: "x", draft: "old", brief: "# New\n" },
    [wrote({ log: "x" }, 1)],
    "# New",
  ],
  [
    "the string written last where no name says it",
    { a: "first", b: "last" },
    [wrote({ a: "first" }, 1), wrote({ b: "last" }, 2)],
    "last",
  ],
  ["the next field where the first one is empty", { brief: " ", answer: "yes" }, [], "yes"],
  ["the whole state where there is no text", { count: 2 }, [], '{\n  "count": 2\n}'],
])("shows as the result %s", (_name, state, events, text) => {
  expect(resultText(state, events)).toBe(text);
});

test("prints JSON in which no character can drive a terminal (S17)", () => {
  const value = { text: "a\u001B[31mb\u009B31mc\u202Ed\u2028e\u007F" };
  const text = documentText(value);
  const controls = [...text].filter(
    (character) => character !== "\n" && /[\p{Cc}\p{Bidi_Control}\u2028]/u.test(character),
  );
  expect(controls).toEqual([]);
  expect(JSON.parse(text)).toEqual(value);
});
