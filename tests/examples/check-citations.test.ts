import { expect, test } from "vitest";

import { checkExtracts, type CitedResult } from "./check-citations.ts";
import { folderOf } from "./folder.ts";

function problems(claim: string, text: string): readonly string[] {
  const folder = folderOf({ "page.md": text });
  const finding = { claim, quote: claim, file: "page.md", line: 1 };
  const result: CitedResult = { sources: folder, findings: [finding], brief: "" };
  return checkExtracts(result, folder);
}

test.each([
  ["Install a tagged version with `npm install foo@beta`.", 'A range: sax@"<0.2.0".\n\n%\n\n> A quoted line.'],
  ["Ask for `npm install <name>@latest`.", "%"],
  [
    "It is shown with the others.",
    "It is <em>shown</em> with <!-- not\nall --> the [others](https://example.org/a_(b)).",
  ],
  ["Write <name> & Co.", "<p>Write &lt;name&gt; &amp; Co.</p>"],
])("a sentence that stands in the file is found: %s", (claim, text) => {
  expect(problems(claim, text.replace("%", claim))).toEqual([]);
});

test("a sentence that does not stand there is reported", () => {
  expect(problems("It is never shown.", "It is shown.")).toEqual(["page.md: no sentence reads “It is never shown.”"]);
});
