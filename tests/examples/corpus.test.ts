import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { readCorpus } from "../../examples/research/sources/corpus.ts";
import { findFiles, resolveSources } from "../../examples/research/sources/find.ts";
import { LARGEST_FILE_BYTES } from "../../examples/research/sources/read.ts";
import { folderOf } from "./folder.ts";

async function read(...sources: readonly string[]): Promise<Awaited<ReturnType<typeof readCorpus>>> {
  return readCorpus(await findFiles(sources));
}

test("reads the supported files of a folder with names relative to it and leaves hidden and installed ones out", async () => {
  const folder = folderOf({
    "b/Übersicht #1 (neu).md": "Dies ist ein ganzer Satz.\n",
    "a.txt": "This is a whole sentence.\n",
    "page.HTM": "<p>This is a sentence of a page.</p>",
    "program.ts": "const text = 'This is no document.';",
    ".hidden/x.md": "This is a hidden sentence.",
    "node_modules/p/readme.md": "This is an installed sentence.",
  });
  const corpus = await read(folder);
  expect(corpus.files.map(({ file }) => file)).toEqual(["a.txt", "b/Übersicht #1 (neu).md", "page.HTM"]);
  expect(corpus.items.map(({ text, meta }) => [meta["file"], meta["line"], text])).toEqual([
    ["a.txt", 1, "This is a whole sentence."],
    ["b/Übersicht #1 (neu).md", 1, "Dies ist ein ganzer Satz."],
    ["page.HTM", 1, "This is a sentence of a page."],
  ]);
});

test("gives equal sources equal ids wherever they lie and changed sources another corpus id", async () => {
  const files = { "a.md": "One sentence stands here.\n", "b.md": "Another sentence stands here.\n" };
  const [one, two, changed] = await Promise.all([
    read(folderOf(files)),
    read(folderOf(files)),
    read(folderOf({ ...files, "b.md": "A changed sentence stands here.\n" })),
  ]);
  expect(two.id).toBe(one.id);
  expect(two.items).toEqual(one.items);
  expect(changed.id).not.toBe(one.id);
});

test("remembers a sentence that stands in several files once", async () => {
  const folder = folderOf({
    "a.md": "The licence is the same everywhere.\n",
    "b.md": "The licence is the same everywhere.\n\nOnly this sentence is new here.\n",
  });
  expect((await read(folder)).items.map(({ meta, text }) => [meta["file"], text])).toEqual([
    ["a.md", "The licence is the same everywhere."],
    ["b.md", "Only this sentence is new here."],
  ]);
});

test.each([
  ["bytes that are no text", new Uint8Array([1, 0, 2, 0]), "it is not a text file"],
  ["text in another encoding", new Uint8Array([0x63, 0x61, 0x66, 0xe9, 0x0a]), "it is not valid UTF-8"],
  ["a huge file", "x".repeat(LARGEST_FILE_BYTES + 1), "it is larger than 4 MB"],
  ["pages nested without end", `${"<div>".repeat(60_000)}A sentence stands deep inside.`, "it is nested too deeply"],
])("skips %s with the reason and reads the rest", async (_, content, reason) => {
  const corpus = await read(folderOf({ "bad.html": content, "good.md": "A good sentence stands here.\n" }));
  expect(corpus.skipped).toEqual([{ file: "bad.html", reason }]);
  expect(corpus.items.map(({ text }) => text)).toEqual(["A good sentence stands here."]);
});

test.each([
  ["a path that does not exist", () => [join(folderOf({}), "missing")], /^The source `.*missing` does not exist\.$/u],
  ["an empty folder", () => [folderOf({})], /holds no file that can be read\.$/u],
  ["a folder without a supported file", () => [folderOf({ "a.pdf": "x" })], /holds no file that can be read\.$/u],
  [
    "a file of another kind",
    () => [join(folderOf({ "a.pdf": "x" }), "a.pdf")],
    /a\.pdf` is not a kind of file that can be read\.$/u,
  ],
  ["a device", () => ["/dev/null"], /is neither a file nor a folder\.$/u],
  [
    "only files that are no text",
    () => [folderOf({ "a.md": new Uint8Array([0, 1]), "b.md": new Uint8Array([0]) })],
    /^The file `a\.md` could not be used: it is not a text file\. Neither could 1 more\.$/u,
  ],
  ["no source at all", () => [], /`sources` is empty\.$/u],
])("refuses %s in one sentence", async (_, sources, message) => {
  await expect(read(...sources())).rejects.toMatchObject({
    code: "input-invalid",
    exitCode: 64,
    message: expect.stringMatching(message),
  });
});

test("skips a file whose name is no UTF-8, and reads the rest", async () => {
  const folder = folderOf({ "good.md": "A good sentence stands here.\n" });
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/bad`), Buffer.from([0xff]), Buffer.from(".md")]), "Text.\n");
  const corpus = await read(folder);
  expect(corpus.skipped).toEqual([{ file: "bad\uFFFD.md", reason: "its name is not valid UTF-8" }]);
  expect(corpus.items.map(({ text }) => text)).toEqual(["A good sentence stands here."]);
});

test("resolves relative sources from the given folder and refuses blank ones", () => {
  expect(resolveSources(["docs", join("/", "abs")], join("/", "work"))).toEqual([
    join("/", "work", "docs"),
    join("/", "abs"),
  ]);
  expect(() => resolveSources(" ", "/")).toThrow('The source " " is not a path.');
});

test("does not follow links to folders and reads a linked file once", async () => {
  const folder = folderOf({ "a.md": "A sentence stands in this file.\n" });
  symlinkSync(".", join(folder, "round"));
  symlinkSync("nowhere.md", join(folder, "broken.md"));
  symlinkSync("a.md", join(folder, "b.md"));
  expect((await read(folder)).files.map(({ file }) => file)).toEqual(["a.md"]);
});
