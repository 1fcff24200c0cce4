import { describe, expect, test } from "vitest";

import type { Block } from "../../examples/research/sources/block.ts";
import { htmlBlocks } from "../../examples/research/sources/html.ts";
import { markdownBlocks } from "../../examples/research/sources/markdown.ts";
import { type Passage, passagesOf } from "../../examples/research/sources/passages.ts";
import { plainTextBlocks } from "../../examples/research/sources/plain-text.ts";

function cut(raw: string, blocksOf: (raw: string) => readonly Block[]): readonly Passage[] {
  const passages = passagesOf(blocksOf(raw), raw);
  const lines = raw.split("\n");
  for (const { line, quote } of passages) expect(lines[line - 1]).toContain(quote);
  return passages;
}

describe("Markdown", () => {
  test("joins wrapped lines into one sentence and quotes its longest line", () => {
    const [passage] = cut(
      "# Runs\n\nA run that **fails** goes on\nwhere it stopped, in another process and on another machine.\n",
      markdownBlocks,
    );
    expect(passage).toMatchObject({
      text: "A run that fails goes on where it stopped, in another process and on another machine.",
      quote: "where it stopped, in another process and on another machine.",
      line: 4,
      headings: ["Runs"],
    });
  });

  test.each([
    ["headings", "# A heading that looks like a sentence.\n"],
    ["fenced code", "```ts\nconst text = 'This is a sentence in code.';\n```\n"],
    ["indented code", "    This is a sentence in indented code.\n"],
    ["front matter", "---\ntitle: This is a sentence in the front matter.\n---\n"],
    ["HTML", "<p align=center>This is a sentence inside an HTML block.</p>\n"],
    ["a list of links", "- [This is a sentence in a link.](a.md)\n- [Another sentence in a link.](b.md)\n"],
    ["a sentence that ends in a colon", "These are the commands you can use here:\n"],
    ["a fragment", "- and stops after the first attempt\n"],
    ["a label", "- Fast starts\n"],
    ["a table of words", "| a | b |\n|---|---|\n| one | two |\n"],
  ])("leaves out %s", (_, raw) => {
    expect(cut(raw, markdownBlocks)).toEqual([]);
  });

  test("takes a bold sentence that opens a paragraph for its heading, and one that stands alone for a sentence", () => {
    const texts = (raw: string): readonly string[] => cut(raw, markdownBlocks).map(({ text }) => text);
    expect(texts("**One run, one line of checkpoints.** No checkpoint mixes the writes of two writers.\n")).toEqual([
      "No checkpoint mixes the writes of two writers.",
    ]);
    expect(texts("**Never delete the file of a running store.**\n")).toHaveLength(1);
  });

  test.each([
    [
      "abbreviations",
      "Use a queue, e.g. Redis, for this. It is fast enough for that.",
      ["Use a queue, e.g. Redis, for this.", "It is fast enough for that."],
    ],
    [
      "versions and file names",
      "Version 1.2 reads config.json first. Then it starts the whole run.",
      ["Version 1.2 reads config.json first.", "Then it starts the whole run."],
    ],
    [
      "code at the start of a sentence",
      "The run stops here now. `resume` goes on from there.",
      ["The run stops here now.", "`resume` goes on from there."],
    ],
    [
      "full stops in code",
      "The exports are `. ` and `./evals` for all users.",
      ["The exports are `. ` and `./evals` for all users."],
    ],
    [
      "insertions",
      "It stops (see below. There is more.) before the second step.",
      ["It stops (see below. There is more.) before the second step."],
    ],
    [
      "what opens a bracket and never closes it",
      "The run goes on (see the page of the runner. It ends here with a whole sentence.",
      ["It ends here with a whole sentence."],
    ],
    [
      "German abbreviations",
      "Das gilt z. B. für Läufe ohne Netz. Danach geht es bzw. Sie weiter.",
      ["Das gilt z. B. für Läufe ohne Netz.", "Danach geht es bzw. Sie weiter."],
    ],
    [
      "Japanese",
      "実行は失敗した手順から再開します。完了した呼び出しは繰り返されません。",
      ["実行は失敗した手順から再開します。", "完了した呼び出しは繰り返されません。"],
    ],
    [
      "entities and escapes",
      "Values &lt; 5 &amp; \\*stars\\* are kept as they are.",
      ["Values < 5 & *stars* are kept as they are."],
    ],
  ])("cuts sentences right around %s", (_, raw, sentences) => {
    expect(cut(raw, markdownBlocks).map(({ text }) => text)).toEqual(sentences);
  });

  test("takes list items, quoted lines and whole sentences in table cells, with the line they stand on", () => {
    const raw =
      "> A quoted sentence runs\n> over two lines of the file.\n\n- A list item may end without a full stop at all\n\n| x | A whole sentence stands in this cell. |\n|---|---|\n";
    expect(cut(raw, markdownBlocks).map(({ line, quote }) => [line, quote])).toEqual([
      [2, "over two lines of the file."],
      [4, "A list item may end without a full stop at all"],
      [6, "A whole sentence stands in this cell."],
    ]);
  });

  test("reads the row of a table of two columns as its key and what is said of it", () => {
    const raw =
      "## Exit codes\n\n| code | means |\n|---|---|\n| 2 | the run **waits** for a person; `eval` could not decide |\n|  `75` | try again: parked, or running elsewhere  |\n| 3 | no |\n| | nothing names this row here |\n";
    expect(cut(raw, markdownBlocks)).toEqual([
      {
        text: "Code 2: the run waits for a person; `eval` could not decide",
        quote: "2 | the run **waits** for a person; `eval` could not decide",
        line: 5,
        headings: ["Exit codes"],
        section: 1,
      },
      {
        text: "Code `75`: try again: parked, or running elsewhere",
        quote: "`75` | try again: parked, or running elsewhere",
        line: 6,
        headings: ["Exit codes"],
        section: 1,
      },
    ]);
  });

  test("leaves out rows of more columns, and rows whose cells are sentences of their own", () => {
    const raw =
      "| figure | what it is | goal |\n|---|---|---|\n| one | the most memory of the process | 120 MB |\n\n| a | b |\n|---|---|\n| x | A whole sentence stands in this cell. |\n";
    expect(cut(raw, markdownBlocks).map(({ text }) => text)).toEqual(["A whole sentence stands in this cell."]);
  });

  test("counts bold words at the start of a paragraph as its heading", () => {
    const [passage] = cut("## Life\n\n**Threads.** A run belongs to one thread only.\n", markdownBlocks);
    expect(passage).toMatchObject({ text: "A run belongs to one thread only.", headings: ["Life", "Threads"] });
  });
});

describe("HTML", () => {
  test("quotes words that stand side by side in the file, never a tag", () => {
    const raw =
      "<html><body>\n<nav><p>This menu is not a sentence to cite.</p></nav>\n<h2>Install</h2>\n<p>Run <code>npm ci</code> before you start\n the <a href='x'>server</a>, because it needs all packages.</p></body></html>";
    expect(cut(raw, htmlBlocks)).toMatchObject([
      {
        text: "Run `npm ci` before you start the server, because it needs all packages.",
        quote: "because it needs all packages.",
        line: 5,
        headings: ["Install"],
      },
    ]);
  });

  test("leaves out scripts, styles, code and hidden parts", () => {
    const raw =
      "<script>var a = 'A sentence in a script.';</script><style>p { content: 'A sentence in style.' }</style><pre>A sentence in code here.</pre><p hidden>A hidden sentence stands here.</p>";
    expect(cut(raw, htmlBlocks)).toEqual([]);
  });
});

describe("plain text", () => {
  test("takes paragraphs and list items and counts underlined lines as headings", () => {
    const raw =
      "Manual\n======\n\nThe first sentence is wrapped\nover two lines. The second is not.\n\n* An item of a list is a sentence too.\n";
    expect(cut(raw, plainTextBlocks)).toMatchObject([
      { text: "The first sentence is wrapped over two lines.", line: 4, headings: ["Manual"] },
      { text: "The second is not.", line: 5 },
      { text: "An item of a list is a sentence too.", line: 7 },
    ]);
  });
});
