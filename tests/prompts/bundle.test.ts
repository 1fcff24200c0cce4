import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, onTestFinished, test, vi } from "vitest";

import { BUNDLE_FILE, promptPlaces } from "../../config.ts";
import { readBundle } from "../../prompts/bundle.ts";
import { makeBundle } from "../../prompts/bundle-make.ts";
import { openProjectPrompts, type ProjectPrompts } from "../../prompts/project.ts";
import { parsePromptRef } from "../../prompts/ref.ts";
import { commit, folderOf, git, repositoryOf, writeFiles } from "./prompt-folder.ts";

const FILES = { "prompts/a.prompt": "A1 {{> p}}", "prompts/_p.prompt": "P1", "other.txt": "not a prompt" };

/** A repository in which `v1` has A1, HEAD has A2, and the file on disk has A3. */
function project(): string {
  const folder = repositoryOf(FILES);
  git(folder, "tag", "v1");
  commit(folder, { "prompts/a.prompt": "A2 {{> p}}" }, "Change a");
  writeFiles(folder, { "prompts/a.prompt": "A3 {{> p}}" });
  return folder;
}

async function open(
  folder: string,
  options: { production?: boolean; allow?: boolean; bundle?: string } = {},
): Promise<ProjectPrompts> {
  const config = {
    workflows: [],
    ...(options.allow === undefined ? {} : { allowPromptFolder: options.allow }),
    ...(options.bundle === undefined ? {} : { promptBundle: options.bundle }),
  };
  return await openProjectPrompts(
    promptPlaces(config, folder, options.production === true ? { NODE_ENV: "production" } : {}),
  );
}

async function bundleOf(folder: string, revision?: string): Promise<string> {
  const { bundle } = await makeBundle({ roots: [{ path: join(folder, "prompts"), shown: "prompts" }], revision });
  return JSON.stringify(bundle);
}

async function writeBundle(folder: string): Promise<void> {
  writeFileSync(join(folder, BUNDLE_FILE), await bundleOf(folder, "HEAD"));
}

function textOf({ library }: ProjectPrompts, name = "a"): string | undefined {
  return library.pin(name).files[0]?.text;
}

let bundled: string | undefined;

/** A folder without Git and without prompt files that has the bundle of a project. */
async function container(): Promise<string> {
  bundled ??= await bundleOf(project(), "HEAD");
  return folderOf({ [BUNDLE_FILE]: bundled });
}

describe("prompts come", () => {
  test("from the bundle, before the folders beside it, and say when those are other ones", async () => {
    const folder = project();
    await writeBundle(folder);
    const prompts = await open(folder);
    expect(textOf(prompts)).toBe("A2 {{> p}}");
    expect(prompts.origin).toEqual({ kind: "bundle", paths: [BUNDLE_FILE] });
    expect(prompts.why).toContain("whose files are OTHER ones");
    git(folder, "checkout", "prompts");
    expect((await open(folder)).why).toBe("the bundle stands before the folders");
  });

  test("from the files of a Git work tree, or of a plain folder, while developing", async () => {
    const inGit = await open(project());
    expect([textOf(inGit), inGit.origin.kind, inGit.library.pin("a").dirty]).toEqual(["A3 {{> p}}", "worktree", true]);
    const plain = await open(folderOf(FILES));
    expect([textOf(plain), plain.origin]).toEqual(["A1 {{> p}}", { kind: "folder", paths: ["prompts"] }]);
  });

  test("from the commit in production, whatever the files say", async () => {
    const prompts = await open(project(), { production: true });
    expect([textOf(prompts), prompts.origin.kind, prompts.library.pin("a").dirty]).toEqual([
      "A2 {{> p}}",
      "commit",
      false,
    ]);
    using versions = prompts.versions();
    expect((await versions.pin(parsePromptRef("a@v1"))).files[0]?.text).toBe("A1 {{> p}}");
  });

  test("in production from no plain folder, unless the config allows it", async () => {
    const folder = folderOf(FILES);
    await expect(open(folder, { production: true })).rejects.toMatchObject({
      code: "prompt-folder-refused",
      hint: expect.stringContaining("baton prompts bundle"),
    });
    expect(textOf(await open(folder, { production: true, allow: true }))).toBe("A1 {{> p}}");
    const committed = project();
    vi.stubEnv("PATH", folder);
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(open(committed, { production: true })).rejects.toMatchObject({ code: "prompt-folder-refused" });
  });

  test("in production from the bundle that the config names, which must be there", async () => {
    const folder = await container();
    expect(textOf(await open(folder, { production: true }))).toBe("A2 {{> p}}");
    await expect(open(folder, { production: true, bundle: "build/x.json" })).rejects.toMatchObject({
      code: "prompt-bundle-invalid",
      message: expect.stringContaining("build/x.json` does not exist"),
    });
  });
});

describe("a bundle", () => {
  test("has the ids that Git has, and its tagged versions, without Git or files", async () => {
    const folder = await container();
    vi.stubEnv("PATH", folder);
    onTestFinished(() => void vi.unstubAllEnvs());
    const prompts = await open(folder);
    using versions = prompts.versions();
    const now = prompts.library.pin("a");
    expect(now.dirty).toBe(false);
    const old = await versions.pin(parsePromptRef("a@v1"));
    expect(old.files.map(({ text }) => text)).toEqual(["A1 {{> p}}", "P1"]);
    expect(await versions.pin(parsePromptRef(old.ref))).toEqual(old);
    expect(await versions.pin(parsePromptRef(`a@blob:${old.files[0]?.blob.slice(0, 9)}`))).toEqual(old);
    expect(await versions.pin(parsePromptRef(now.ref))).toEqual(now);
    expect(await versions.pin(parsePromptRef("a@HEAD"))).toEqual(now);
    await expect(versions.pin(parsePromptRef("a@v9"))).rejects.toMatchObject({
      code: "prompt-ref-unknown",
      hint: expect.stringContaining("`v1`"),
    });
    await expect(versions.pin(parsePromptRef(`a@blob:${"0".repeat(40)}`))).rejects.toMatchObject({
      code: "prompt-ref-unknown",
    });
  });

  test("pins exactly what the same commit pins in a clone, closure included", async () => {
    const folder = project();
    await writeBundle(folder);
    const bundled = (await open(folder)).library.pin("a");
    git(folder, "checkout", "prompts");
    const clone = folderOf({});
    git(clone, "clone", folder, "clone");
    expect((await open(join(clone, "clone"))).library.pin("a")).toEqual(bundled);
  });

  test("of the files on disk is dirty, and its tags still have their own texts", async () => {
    const folder = folderOf({ [BUNDLE_FILE]: await bundleOf(project()) });
    const prompts = await open(folder);
    expect(prompts.library.pin("a")).toMatchObject({ dirty: true, files: [{ text: "A3 {{> p}}" }, {}] });
    expect(prompts.place).toContain("dirty");
    using versions = prompts.versions();
    expect((await versions.pin(parsePromptRef("a@v1"))).dirty).toBe(false);
  });

  test.each([
    ["a changed text", (text: string) => text.replace("A2 ", "A9 "), "not the one its blob id"],
    ["two texts that changed places", (text: string) => text.replace('"a.prompt":"', '"b.prompt":"'), "digest"],
    ["a text too few", (text: string) => text.replace(/"[0-9a-f]{40}":"P1",?/u, ""), "digest"],
    ["half a file", (text: string) => text.slice(0, text.length / 2), "not valid JSON"],
    [
      "another format",
      (text: string) => text.replace("baton-prompts/1", "baton-prompts/2"),
      "not a bundle of this version",
    ],
    ["a list", () => "[]", "not a bundle of this version"],
    ["nothing", () => "", "not valid JSON"],
    ["a deep file", () => `${"[".repeat(50_000)}${"]".repeat(50_000)}`, "not a bundle of this version"],
  ])("is refused with %s, and its text is not quoted (S26)", async (_, damage, message) => {
    const folder = await container();
    const file = join(folder, BUNDLE_FILE);
    const damaged = damage(readFileSync(file, "utf8"));
    expect(damaged).not.toBe(readFileSync(file, "utf8"));
    writeFileSync(file, damaged);
    await expect(open(folder)).rejects.toSatisfy((error: { code: string; message: string }) => {
      expect(error.code).toBe("prompt-bundle-invalid");
      expect(error.message).toContain(message);
      expect(error.message).not.toMatch(/A[129] /u);
      return true;
    });
  });

  test("is not made of prompts that would not run, nor of an old version with a secret (S11)", async () => {
    const folder = repositoryOf({ "prompts/a.prompt": `key: sk-${"a1".repeat(20)}` });
    git(folder, "tag", "leaked");
    const roots = [{ path: join(folder, "prompts"), shown: "prompts" }];
    await expect(makeBundle({ roots, revision: "HEAD" })).rejects.toMatchObject({
      code: "prompt-invalid",
      message: expect.stringMatching(/cannot be bundled.*OpenAI key/u),
    });
    commit(folder, { "prompts/a.prompt": "Fine." }, "Take the key out");
    const { bundle, leftOut } = await makeBundle({ roots, revision: "HEAD" });
    expect(leftOut).toEqual(["leaked"]);
    expect(JSON.stringify(bundle)).not.toContain("sk-a1");
    expect(readBundle(JSON.stringify(bundle), "b").versions).toHaveLength(1);
    await expect(makeBundle({ roots, revision: "v9" })).rejects.toMatchObject({ code: "prompt-ref-unknown" });
  });
});
