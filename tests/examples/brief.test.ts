import { expect, test } from "vitest";

import { type Material, renderBrief } from "../../examples/research/brief.ts";

const MATERIAL: Material = {
  question: "How does a run go on?",
  subQuestions: ["How does a run go on?", "What about “Journal”?", "What about “Prices”?"],
  reviews: [],
  corpus: { files: 1, sentences: 20 },
  skipped: [],
  findings: [
    { claim: "A run goes on at the failed step.", quote: "goes on at the failed step.", file: "a/runs.md", line: 3 },
    { claim: "Finished calls are read back.", quote: "Finished calls are read back.", file: "b`c.md", line: 9 },
  ],
  statements: [
    { subQuestion: "What about “Journal”?", text: "Finished calls are read back.", cites: [2] },
    { subQuestion: "How does a run go on?", text: "A run goes on at the failed step.", cites: [1] },
  ],
  dropped: [],
  changed: [],
};

test("groups sentences by sub-question, names what found no answer, and lists the sources", () => {
  expect(renderBrief(MATERIAL, "offline")).toMatchInlineSnapshot(`
    "# How does a run go on?

    > Made without a language model: these are sentences and table rows of the sources, picked because their words match. Set \`OPENAI_API_KEY\` for a written answer.

    - A run goes on at the failed step. [1]

    ## What about “Journal”?

    - Finished calls are read back. [2]

    ## No answer found in the sources

    - What about “Prices”?

    ## Sources

    1. \`a/runs.md:3\`
    2. \`\`b\`c.md:9\`\`

    Searched 20 sentences and table rows in 1 file; every quote was checked against its file.
    "
  `);
});

test("writes a model's sentences as prose without the note on the missing model", () => {
  const brief = renderBrief(MATERIAL, "openai/gpt-5-mini");
  expect(brief).toContain("\nA run goes on at the failed step. [1]\n");
  expect(brief).not.toContain("language model");
});

test("says that there is no answer when nothing was found", () => {
  const brief = renderBrief({ ...MATERIAL, findings: [], statements: [] }, "offline");
  expect(brief).toContain("No answer found in the sources.");
  expect(brief).not.toContain("##");
});

test("says what was dropped, changed and not read", () => {
  const dropped = { claim: "x", quote: "y", file: "z.md", line: 1, subQuestion: "q", reason: "r" };
  const skipped = Array.from({ length: 7 }, (_, index) => ({ file: `f${index}.md`, reason: "it is not valid UTF-8" }));
  const brief = renderBrief({ ...MATERIAL, dropped: [dropped], changed: ["a/runs.md"], skipped }, "offline");
  expect(brief).toContain("Left out 1 finding whose quote was not at the cited place.");
  expect(brief).toContain("Changed since they were read: `a/runs.md`.");
  expect(brief).toContain("Not read: `f0.md` (it is not valid UTF-8).");
  expect(brief).toContain("Not read: 2 more.");
});

test.each([
  ["a heading", "# Not a heading", "\\# Not a heading"],
  ["a tag", "Use <script>alert(1)</script> here", "Use \\<script>alert(1)\\</script> here"],
  ["a link", "See [this](http://example.org)", "See [this]\\(http://example.org)"],
  ["line breaks", "one\n\n## two", "one ## two"],
  ["code", "Call `Map<string>` here", "Call `Map<string>` here"],
])("keeps %s in a text from becoming part of the document", (_, text, written) => {
  const statements = [{ subQuestion: MATERIAL.question, text, cites: [1] }];
  expect(renderBrief({ ...MATERIAL, statements }, "offline")).toContain(`- ${written} [1]\n`);
});
