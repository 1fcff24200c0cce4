import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, test, vi } from "vitest";

import { blobId } from "../../prompts/blob.ts";
import { PromptLibrary } from "../../prompts/library.ts";
import type { PromptPin } from "../../prompts/pin.ts";
import { folderOf, git, repositoryOf, writeFiles, type FileTexts } from "./prompt-folder.ts";

const FILES = {
  "brief/write.prompt": "---\ninput: {schema: {q: Question}}\n---\n{{> style}}\n{{q.text}}\n",
  "brief/write.concise.prompt": "Be brief.\n",
  "brief/_style.prompt": "{{> tone}} Write well.\n",
  "_tone.prompt": "Be kind.",
  "_unused.prompt": "Unused.",
  "schemas/Question.schema.json": '{"type":"object","properties":{"text":{"type":"string"}}}\n',
};

async function pinIn(folder: string, name = "brief/write"): Promise<PromptPin> {
  return (await PromptLibrary.load([folder])).pin(name);
}

async function changed(changes: FileTexts): Promise<PromptPin> {
  return pinIn(folderOf({ ...FILES, ...changes }));
}

afterEach(() => vi.unstubAllEnvs());

describe("a pin", () => {
  it("holds the prompt, its partials and schemas, each with Git's own blob id", async () => {
    const folder = repositoryOf(FILES);
    const pin = await pinIn(folder);
    expect(pin.files.map(({ path }) => path)).toEqual([
      "brief/write.prompt",
      "schemas/Question.schema.json",
      "brief/_style.prompt",
      "_tone.prompt",
    ]);
    for (const { path, blob } of pin.files) expect(blob).toBe(git(folder, "rev-parse", `HEAD:${path}`));
    expect(pin).toMatchObject({ name: "brief/write", ref: `brief/write@${pin.files[0]?.blob}`, dirty: false });
  });

  it("knows variants by `#`", async () => {
    const library = await PromptLibrary.load([folderOf(FILES)]);
    expect(library.names()).toEqual(["brief/write", "brief/write#concise"]);
    expect(library.pin("brief/write#concise").ref).toBe(`brief/write#concise@${blobId(Buffer.from("Be brief.\n"))}`);
  });

  it("has another closure exactly when a file that it is made of is another", async () => {
    const { closure } = await changed({});
    expect((await changed({})).closure).toBe(closure);
    expect(
      (await changed({ "_unused.prompt": "Else.", "brief/write.concise.prompt": "Else.", "notes.md": "x" })).closure,
    ).toBe(closure);
    const others = [
      { "_tone.prompt": "Be cool." },
      { "schemas/Question.schema.json": `${FILES["schemas/Question.schema.json"]}\n` },
      { "brief/_tone.prompt": "Nearer." },
    ];
    const closures = await Promise.all(others.map(async (change) => (await changed(change)).closure));
    expect(new Set([closure, ...closures]).size).toBe(4);
  });

  it("is dirty when a file is changed, even a partial, or is not committed", async () => {
    const folder = repositoryOf(FILES);
    writeFiles(folder, { "_tone.prompt": "Be cool." });
    const pin = await pinIn(folder);
    expect(pin.dirty).toBe(true);
    expect(pin.files.find(({ path }) => path === "_tone.prompt")?.blob).toBe(
      git(folder, "hash-object", "_tone.prompt"),
    );
    expect((await pinIn(folder, "brief/write#concise")).dirty).toBe(false);
    git(folder, "add", "-A");
    expect((await pinIn(folder)).dirty).toBe(true);
    git(folder, "commit", "-m", "Cool");
    expect((await pinIn(folder)).dirty).toBe(false);
    writeFiles(folder, { "new.prompt": "New." });
    expect((await pinIn(folder, "new")).dirty).toBe(true);
  });

  it("is right in a folder below the repository's root, on a detached HEAD, in a worktree and with SHA-256", async () => {
    const below = repositoryOf(
      Object.fromEntries(Object.entries(FILES).map(([path, text]) => [`app/prompts/${path}`, text])),
    );
    expect((await pinIn(join(below, "app/prompts"))).dirty).toBe(false);
    git(below, "checkout", "--detach");
    const worktree = join(folderOf({}), "tree");
    git(below, "worktree", "add", worktree);
    expect((await pinIn(join(worktree, "app/prompts"))).dirty).toBe(false);
    const long = repositoryOf(FILES, "--object-format=sha256");
    const pin = await pinIn(long);
    expect(pin.files[0]?.blob).toBe(git(long, "rev-parse", "HEAD:brief/write.prompt"));
    expect(pin.dirty).toBe(false);
  });

  it("is dirty and still works without a repository, without a commit, and without Git", async () => {
    const folder = folderOf(FILES);
    expect((await pinIn(folder)).dirty).toBe(true);
    git(folder, "init");
    expect((await pinIn(folder)).dirty).toBe(true);
    const committed = repositoryOf(FILES);
    vi.stubEnv("PATH", folder);
    expect((await pinIn(committed)).dirty).toBe(true);
  });

  it("asks the repository it is in, whatever a hook's environment says", async () => {
    const folder = repositoryOf(FILES);
    vi.stubEnv("GIT_DIR", join(folderOf({}), "elsewhere"));
    expect((await pinIn(folder)).dirty).toBe(false);
  });
});

describe("line ends", () => {
  const lf = "Line\nline\n";
  const crlf = lf.replaceAll("\n", "\r\n");

  test.each([
    [
      "a CRLF checkout of a blob with LF is not a change",
      { ".gitattributes": "*.prompt text eol=crlf\n", "p.prompt": lf },
      crlf,
      { blob: lf, dirty: false },
    ],
    [
      "a blob stored with CRLF is taken as it is",
      { ".gitattributes": "*.prompt -text\n", "p.prompt": crlf },
      crlf,
      { blob: crlf, dirty: false },
    ],
    [
      "a changed CRLF file is named as Git would store it with `text`",
      { ".gitattributes": "*.prompt text\n", "p.prompt": lf },
      `${crlf}x`,
      { blob: `${lf}x`, dirty: true },
    ],
    [
      "a changed CRLF file is named as Git would store it with `text=auto`",
      { ".gitattributes": "* text=auto\n", "p.prompt": lf },
      `${crlf}x`,
      { blob: `${lf}x`, dirty: true },
    ],
    [
      "a changed CRLF file is named as Git would store it without attributes",
      { "p.prompt": lf },
      `${crlf}x`,
      { blob: `${crlf}x`, dirty: true },
    ],
    [
      "a changed CRLF file stays so when it is stored so",
      { "p.prompt": crlf },
      `${crlf}x`,
      { blob: `${crlf}x`, dirty: true },
    ],
  ])("%s", async (...row) => {
    const [, committed, working, expected] = row;
    const folder = repositoryOf(committed);
    writeFiles(folder, { "p.prompt": working });
    const pin = await pinIn(folder, "p");
    expect(pin.files[0]?.blob).toBe(blobId(Buffer.from(expected.blob)));
    expect(pin.dirty).toBe(expected.dirty);
    expect(pin.files[0]?.text).toBe(expected.blob);
    if (expected.dirty) expect(pin.files[0]?.blob).toBe(git(folder, "hash-object", "p.prompt"));
  });

  it("follows `core.autocrlf` for a file that is new", async () => {
    const folder = repositoryOf({ "other.prompt": lf });
    writeFiles(folder, { "p.prompt": crlf });
    git(folder, "config", "core.autocrlf", "true");
    expect((await pinIn(folder, "p")).files[0]?.blob).toBe(git(folder, "hash-object", "p.prompt"));
    expect((await pinIn(folder, "p")).files[0]?.text).toBe(lf);
    rmSync(join(folder, "p.prompt"));
  });
});
