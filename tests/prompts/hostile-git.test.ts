import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";

import { describe, expect, onTestFinished, test, vi } from "vitest";

import { openGitObjects } from "../../prompts/git-objects.ts";
import { commitSource } from "../../prompts/commit-source.ts";
import { PromptLibrary } from "../../prompts/library.ts";
import { openProjectPrompts } from "../../prompts/project.ts";
import { parsePromptRef } from "../../prompts/ref.ts";
import { PromptVersions } from "../../prompts/versions.ts";
import { commit, folderOf, git, repositoryOf } from "./prompt-folder.ts";

const ONE = "1".repeat(40);
const TWO = "2".repeat(40);

/** Puts a program in the place of `git` for this test. */
function replaceGit(script: string): string {
  const folder = folderOf({ git: `#!/bin/sh\n${script}\n` });
  chmodSync(join(folder, "git"), 0o755);
  vi.stubEnv("PATH", `${folder}${delimiter}${process.env["PATH"] ?? ""}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  return folder;
}

describe("S06 a Git child that reads objects", () => {
  test.each([
    ["dies in the middle of an answer", `read id; printf '%s blob 100\\nhalf' "$id"; exit 1`],
    ["is killed in the middle of an answer", `read id; printf '%s blob 100\\nhalf' "$id"; kill -9 $$`],
    ["dies before it answers", "exit 0"],
    ["answers another question", `read id; printf '${"3".repeat(40)} blob 1\\nx\\n'; cat > /dev/null`],
    ["answers without end", `read id; while :; do printf xxxxxxxxxxxxxxxx; done`],
    ["says a size that is none", `read id; printf '%s blob -5\\nx\\n' "$id"; cat > /dev/null`],
  ])("and %s is a typed error for every read, also for later ones", async (_, script) => {
    replaceGit(script);
    using objects = openGitObjects(folderOf({}));
    const reads = await Promise.allSettled([objects.read(ONE), objects.read(TWO)]);
    const refused = expect.objectContaining({ status: "rejected" });
    expect(reads).toEqual([refused, refused]);
    for (const id of [ONE, TWO, "4".repeat(40)]) {
      await expect(objects.read(id)).rejects.toMatchObject({
        code: "prompt-ref-unknown",
        message: expect.stringContaining("`git cat-file`"),
      });
    }
  });

  test("serves all reads of all versions as one process", async () => {
    const folder = repositoryOf({ "a.prompt": "A1 {{> p}}", "b.prompt": "B1", "_p.prompt": "P1" });
    git(folder, "tag", "v1");
    commit(folder, { "a.prompt": "A2 {{> p}}" }, "Change a");
    const real = execFileSync("which", ["git"], { encoding: "utf8" }).trim();
    const log = replaceGit(`printf '%s\\n' "$*" >> "$(dirname "$0")/calls"\nexec ${real} "$@"`);
    using versions = new PromptVersions([folder], await PromptLibrary.load([folder]));
    const pins = await Promise.all(
      ["a@v1", "b@v1", "a@main", "b@main~1", "a@main~1"].map((ref) => versions.pin(parsePromptRef(ref))),
    );
    expect(pins.map(({ files }) => files[0]?.text)).toEqual(["A1 {{> p}}", "B1", "A2 {{> p}}", "B1", "A1 {{> p}}"]);
    const calls = readFileSync(join(log, "calls"), "utf8").trim().split("\n");
    expect(calls.filter((call) => call.includes("cat-file"))).toHaveLength(1);
  });
});

describe("S05 a commit made by a stranger", () => {
  test("has no way out of the prompt folder, and harms only the prompts that need what is refused", async () => {
    const folder = repositoryOf({
      "prompts/good.prompt": "Good.",
      "prompts/pointer.prompt": "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
      "prompts/wide.prompt": Buffer.from("\uFEFFWide", "utf16le"),
      "prompts/huge.prompt": "x".repeat(10_000_000),
      "outside.prompt": "s3cret",
    });
    const add = (mode: string, id: string, path: string): void =>
      void git(folder, "update-index", "--add", "--cacheinfo", `${mode},${id},${path}`);
    const target = join(folderOf({ target: "../outside.prompt" }), "target");
    add("160000", git(folder, "rev-parse", "HEAD"), "prompts/module.prompt");
    add("120000", git(folder, "hash-object", "-w", target), "prompts/link.prompt");
    git(folder, "commit", "-m", "Add a module and a link");
    using versions = new PromptVersions([join(folder, "prompts")], await PromptLibrary.read([]));
    const library = await versions.at("HEAD");
    expect(library.names()).toEqual(["good", "huge", "link", "module", "pointer", "wide"]);
    expect(library.pin("good").files).toHaveLength(1);
    for (const [name, message] of [
      ["pointer", "is a Git LFS pointer"],
      ["wide", "is UTF-16"],
      ["huge", "is too large"],
      ["link", "is a link or a submodule"],
      ["module", "is a link or a submodule"],
    ] as const) {
      expect(() => library.pin(name), name).toThrow(
        expect.objectContaining({ code: "prompt-invalid", message: expect.stringContaining(message) }),
      );
    }
    expect(
      library
        .problems()
        .map(({ message }) => message)
        .join("\n"),
    ).not.toContain("s3cret");
  });

  test("is not read where a text is larger than a prompt can be", async () => {
    const folder = repositoryOf({ "a.prompt": "A", "huge.prompt": "x".repeat(300_000) });
    const huge = git(folder, "rev-parse", "HEAD:huge.prompt");
    const asked: string[] = [];
    using objects = openGitObjects(folder);
    const noting = { ...objects, read: (id: string) => (asked.push(id), objects.read(id)) };
    const commit = git(folder, "rev-parse", "HEAD");
    const files = await commitSource({ root: folder, commit, shownAs: "HEAD", objects: noting }).files();
    expect(files).toMatchObject([
      { path: "a.prompt", text: "A" },
      { path: "huge.prompt", refusal: expect.anything() },
    ]);
    expect(asked).toHaveLength(1);
    expect(asked).not.toContain(huge);
  });

  test("cannot bring two prompts whose names differ only by case", async () => {
    const folder = repositoryOf({ "a.prompt": "A" });
    git(folder, "update-index", "--add", "--cacheinfo", `100644,${git(folder, "rev-parse", "HEAD:a.prompt")},A.prompt`);
    git(folder, "commit", "-m", "Add A");
    using versions = new PromptVersions([folder], await PromptLibrary.read([]));
    await expect(versions.at("HEAD")).rejects.toMatchObject({ code: "prompt-invalid" });
  });
});

test("Git is asked once for all folders of a repository whether it is one, and not at all where there is none", async () => {
  const real = execFileSync("which", ["git"], { encoding: "utf8" }).trim();
  const log = replaceGit(`printf '%s\\n' "$*" >> "$(dirname "$0")/calls"\nexec ${real} "$@"`);
  const open = async (folder: string): Promise<string> => {
    const roots = ["one", "two"].map((name) => join(folder, name));
    const bundle = join(folder, "none.json");
    const places = { folder, roots, bundle, bundleIsNamed: false, production: false, allowFolder: false };
    return (await openProjectPrompts(places)).origin.kind;
  };
  const files = { "one/a.prompt": "A", "two/b.prompt": "B" };
  expect(await open(folderOf(files))).toBe("folder");
  expect(existsSync(join(log, "calls"))).toBe(false);

  const folder = repositoryOf(files);
  rmSync(join(log, "calls"));
  expect(await open(folder)).toBe("worktree");
  const calls = readFileSync(join(log, "calls"), "utf8").trim().split("\n");
  expect(
    calls.map((call) => /(?:ls-tree|rev-parse)/u.exec(call)?.[0] ?? call).toSorted((a, b) => a.localeCompare(b)),
  ).toEqual(["ls-tree", "ls-tree", "rev-parse"]);
});
