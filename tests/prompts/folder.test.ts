import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";

import { BatonError } from "../../core/errors.ts";
import { PromptLibrary } from "../../prompts/library.ts";
import { folderOf, git, repositoryOf, type FileTexts } from "./prompt-folder.ts";

const GOOD = { "good.prompt": "Hello." };

async function libraryOf(files: FileTexts): Promise<PromptLibrary> {
  return PromptLibrary.load([folderOf({ ...GOOD, ...files })]);
}

describe("a prompt folder", () => {
  test.each<[string, string | Uint8Array, string]>([
    ["UTF-16", Buffer.from("\uFEFFHello", "utf16le"), "is UTF-16"],
    ["big-endian UTF-16", Buffer.from([0xfe, 0xff, 0, 72]), "is UTF-16"],
    ["binary data", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff]), "is not valid UTF-8"],
    ["NUL bytes", "a\0b", "holds NUL bytes"],
    ["10 MB", "x".repeat(10_000_000), "is too large (10000000 bytes"],
    ["a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "is a Git LFS pointer"],
    ["broken front matter", "---\na: [\n---\n", "The front matter cannot be read"],
  ])("with a file of %s refuses that prompt and serves the others", async (_, bytes, message) => {
    const library = await libraryOf({ "bad.prompt": bytes });
    expect(library.pin("good").name).toBe("good");
    expect(() => library.pin("bad")).toThrow(
      expect.objectContaining({ code: "prompt-invalid", message: expect.stringContaining(message) }),
    );
    expect(library.problems()).toHaveLength(1);
  });

  it("refuses links that leave it and reads nothing there, but follows links inside", async () => {
    const outside = folderOf({ "secret.prompt": "s3cret", "dir/in.prompt": "s3cret" });
    const folder = folderOf({ ...GOOD, "uses.prompt": "{{> leak}}" });
    symlinkSync(join(outside, "secret.prompt"), join(folder, "leak.prompt"));
    symlinkSync(join(outside, "secret.prompt"), join(folder, "_leak.prompt"));
    symlinkSync("good.prompt", join(folder, "alias.prompt"));
    symlinkSync("nowhere", join(folder, "dangling.prompt"));
    symlinkSync("circle.prompt", join(folder, "circle.prompt"));
    symlinkSync(join(outside, "dir"), join(folder, "dir"));
    symlinkSync(".", join(folder, "self"));
    mkdirSync(join(folder, "folder.prompt"));
    const library = await PromptLibrary.load([folder]);
    expect(library.names()).toEqual(["alias", "circle", "dangling", "good", "leak", "uses"]);
    expect(library.pin("alias").files[0]?.text).toBe("Hello.");
    for (const name of ["leak", "uses"])
      expect(() => library.pin(name)).toThrow("is a link that leaves the prompt folder");
    for (const name of ["dangling", "circle"]) expect(() => library.pin(name)).toThrow("is a link that leads nowhere");
  });

  it("is not held up by a named pipe", async () => {
    const folder = folderOf(GOOD);
    execFileSync("mkfifo", [join(folder, "pipe.prompt")]);
    const library = await PromptLibrary.load([folder]);
    expect(() => library.pin("pipe")).toThrow("is not a regular file");
  });

  test.each([
    "../good",
    "/etc/passwd",
    "a/../good",
    "%2e%2e/good",
    "..\\good",
    "good\0",
    "good.prompt",
    "_good",
    "",
    "-x",
    "good@main",
    "good#a#b",
    "a".repeat(2000),
    "good\n",
    "./good",
  ])("refuses %j as a prompt name", async (name) => {
    const library = await libraryOf({});
    expect(() => library.pin(name)).toThrow(
      expect.objectContaining({ code: "prompt-not-found", message: expect.stringContaining("is not a prompt name") }),
    );
  });

  it("names the prompts it has when one is not found", async () => {
    const library = await libraryOf({ "a/write.prompt": "x" });
    expect(() => library.pin("b/write")).toThrow(
      expect.objectContaining({
        code: "prompt-not-found",
        message: "Prompt `b/write` does not exist.",
        hint: "Write `b/write.prompt` in a prompt folder, or use one of `a/write`.",
      }),
    );
  });

  it("refuses two files of one name, in two roots or by case", async () => {
    const [first, second] = [folderOf({ "a/p.prompt": "1" }), folderOf({ "a/p.prompt": "2" })];
    await expect(PromptLibrary.load([first, second])).rejects.toThrow(
      `Prompt \`a/p\` has two files: \`${first}/a/p.prompt\` and \`${second}/a/p.prompt\`.`,
    );
    await expect(libraryOf({ "Good.prompt": "x" })).rejects.toThrow("has two files");
  });

  it("takes partials from its own root only", async () => {
    const library = await PromptLibrary.load([
      folderOf({ "a.prompt": "{{> x}}", "_x.prompt": "one" }),
      folderOf({ "b.prompt": "{{> x}}", "_x.prompt": "two" }),
    ]);
    expect(library.pin("a").files[1]?.text).toBe("one");
    expect(library.pin("b").files[1]?.text).toBe("two");
  });

  it("that does not exist is an error that names it", async () => {
    await expect(PromptLibrary.load([join(folderOf({}), "prompts")])).rejects.toSatisfy(
      (error) =>
        BatonError.is(error) && error.code === "config-invalid" && error.message.includes("prompts` cannot be read"),
    );
  });

  it("that is a file is an error that names it", async () => {
    await expect(PromptLibrary.load([join(folderOf({ "a.prompt": "A" }), "a.prompt")])).rejects.toMatchObject({
      code: "config-invalid",
      message: expect.stringContaining("cannot be read (ENOTDIR)"),
    });
  });

  it("leaves hidden folders, `node_modules` and other files alone", async () => {
    const library = await libraryOf({
      ".git/x.prompt": "x",
      "node_modules/y.prompt": "x",
      "z.prompt.bak": "x",
      "odd name.prompt": "x",
      "p.eval.yaml": "x",
    });
    expect(library.names()).toEqual(["good"]);
  });

  it("lets a hostile repository run no program", async () => {
    const folder = repositoryOf({
      ...GOOD,
      ".gitattributes": "*.prompt filter=evil diff=evil\n",
      "crlf.prompt": "a\n",
    });
    const marker = join(folder, "ran");
    const script = join(folder, "evil.sh");
    writeFileSync(script, `#!/bin/sh\ntouch '${marker}'\n`);
    chmodSync(script, 0o755);
    for (const key of [
      "core.fsmonitor",
      "core.sshCommand",
      "core.pager",
      "filter.evil.clean",
      "filter.evil.smudge",
      "filter.evil.process",
      "diff.evil.textconv",
      "diff.external",
      "core.alternateRefsCommand",
      "credential.helper",
    ]) {
      git(folder, "config", key, script);
    }
    writeFileSync(join(folder, "crlf.prompt"), "a\r\nb\r\n");
    const library = await PromptLibrary.load([folder]);
    expect(library.pin("good").dirty).toBe(false);
    expect(library.pin("crlf").dirty).toBe(true);
    expect(existsSync(marker)).toBe(false);
  });
});
