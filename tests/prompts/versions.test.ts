import { chmodSync, existsSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { makeBundle } from "../../prompts/bundle-make.ts";
import { folderCommits } from "../../prompts/commits.ts";
import { diffPrompts } from "../../prompts/diff.ts";
import { openGitObjects } from "../../prompts/git-objects.ts";
import { promptHistory } from "../../prompts/history.ts";
import { PromptLibrary } from "../../prompts/library.ts";
import { parsePromptRef } from "../../prompts/ref.ts";
import { PromptVersions } from "../../prompts/versions.ts";
import { commit, copiedFolder, folderOf, git, repositoryOf, writeFiles } from "./prompt-folder.ts";

async function versionsOf(folder: string): Promise<PromptVersions> {
  const versions = new PromptVersions([folder], await PromptLibrary.load([folder]));
  onTestFinished(() => versions[Symbol.dispose]());
  return versions;
}

/** Commits `b` with its partial, then a change of the partial, then one of `a`; `v1` and `v2` are the first two. */
function threeCommits(...initOptions: readonly string[]): string {
  return copiedFolder(`three commits ${initOptions.join(" ")}`, (folder) => {
    writeFiles(folder, { "a.prompt": "A1", "b/b.prompt": "B1 {{> p}}", "_p.prompt": "P1" });
    git(folder, "init", ...initOptions);
    commit(folder, {}, "Begin");
    git(folder, "tag", "v1");
    commit(folder, { "_p.prompt": "P2" }, "Change the partial");
    git(folder, "tag", "v2");
    commit(folder, { "a.prompt": "A3", "c.prompt": "C" }, "Change a");
  });
}

describe("a prompt ref", () => {
  test.each([
    ["brief/write", { kind: "disk" }],
    ["brief/write@v2", { kind: "revision", revision: "v2" }],
    ["brief/write#concise@main~2", { kind: "revision", revision: "main~2" }],
    ["a@feature/new-tone", { kind: "revision", revision: "feature/new-tone" }],
    ["a@1.2.0+build", { kind: "revision", revision: "1.2.0+build" }],
    ["a@3f2a91c", { kind: "revision", revision: "3f2a91c" }],
    [`a@blob:${"0".repeat(40)}`, { kind: "blob", blob: "0".repeat(40) }],
  ])("is read: %s", (text, version) => {
    expect(parsePromptRef(text)).toEqual({ name: text.split("@")[0], version });
  });

  test.each([
    "",
    "-v",
    "--upload-pack=touch canary",
    "--output=canary",
    "-c core.sshCommand=touch",
    "@{-1}",
    "HEAD@{1}",
    ":/text",
    "HEAD^{/regex}",
    "HEAD^",
    "v1..v2",
    "v1...v2",
    "a:b",
    "ext::sh",
    "file:///etc/passwd",
    "a//b",
    "/a",
    "a/",
    "a/.b",
    "a.lock",
    "a.lock/b",
    "a.",
    "a b",
    "v1\nv2",
    "v1\0",
    "main~",
    "main~1~2",
    "main~999999",
    "x".repeat(65_536),
    "blob:xyz",
    "blob:",
    "é",
  ])("S06 refuses %j as a version before Git sees it", (version) => {
    expect(() => parsePromptRef(`a@${version}`)).toThrow(expect.objectContaining({ code: "prompt-ref-unknown" }));
  });

  test.each(["", "../a", "/a", "a/../b", "-a", "a b"])("refuses %j as a name", (name) => {
    expect(() => parsePromptRef(`${name}@v1`)).toThrow(expect.objectContaining({ code: "prompt-not-found" }));
  });
});

describe.each([["sha1"], ["sha256"]])("in a repository with %s", (format) => {
  test("a prompt is read as a tag, a branch, a commit or a parent has it, partials included", async () => {
    const folder = threeCommits(`--object-format=${format}`);
    const versions = await versionsOf(folder);
    const head = git(folder, "rev-parse", "HEAD");
    const texts = async (ref: string): Promise<readonly string[]> =>
      (await versions.pin(parsePromptRef(ref))).files.map(({ text }) => text);
    expect(await texts("b/b@v1")).toEqual(["B1 {{> p}}", "P1"]);
    expect(await texts("b/b@v2")).toEqual(["B1 {{> p}}", "P2"]);
    expect(await texts("a@main~2")).toEqual(["A1"]);
    expect(await texts(`a@${head.slice(0, 9)}`)).toEqual(["A3"]);
    const now = await versions.pin(parsePromptRef("b/b"));
    expect(await versions.pin(parsePromptRef("b/b@main"))).toEqual(now);
    expect(now.dirty).toBe(false);
    await expect(texts("c@v2")).rejects.toMatchObject({ code: "prompt-not-found" });
  });
});

describe("versions", () => {
  test("are found by the blob that a run's ref names, on disk or in history", async () => {
    const folder = threeCommits();
    const versions = await versionsOf(folder);
    const old = await versions.pin(parsePromptRef("a@v1"));
    const blob = old.ref.slice("a@".length);
    expect(await versions.pin(parsePromptRef(old.ref))).toEqual(old);
    expect(await versions.pin(parsePromptRef(`a@blob:${blob.slice(0, 10)}`))).toEqual(old);
    const builtin = (await PromptLibrary.load([])).pin("baton/judge");
    expect(await versions.pin(parsePromptRef(builtin.ref))).toEqual(builtin);
    writeFileSync(join(folder, "a.prompt"), "A4");
    const later = await versionsOf(folder);
    const dirty = await later.pin(parsePromptRef("a"));
    expect(dirty).toMatchObject({ dirty: true, files: [{ text: "A4" }] });
    expect(await later.pin(parsePromptRef(dirty.ref))).toEqual(dirty);
    await expect(later.pin(parsePromptRef(`a@blob:${"1".repeat(40)}`))).rejects.toMatchObject({
      code: "prompt-ref-unknown",
      message: expect.stringContaining("of prompt `a` is in a commit"),
    });
    writeFileSync(join(folder, "a.prompt"), "{{broken");
    expect((await (await versionsOf(folder)).pin(parsePromptRef(old.ref))).files).toEqual(old.files);
  });

  test("of a blob have the partials of the newest commit with that text, or else of the one that brought it", async () => {
    const folder = repositoryOf({ "a.prompt": "A1 {{> p}}", "_p.prompt": "P1" });
    const blob = git(folder, "rev-parse", "HEAD:a.prompt");
    commit(folder, { "_p.prompt": "P2" }, "Change the partial");
    commit(folder, { "a.prompt": "A2 {{> p}}" }, "Change a");
    const textsOf = async (): Promise<readonly string[]> =>
      (await (await versionsOf(folder)).pin(parsePromptRef(`a@blob:${blob}`))).files.map(({ text }) => text);
    expect(await textsOf()).toEqual(["A1 {{> p}}", "P2"]);
    commit(folder, { "a.prompt": "A1 {{> p}}", "_p.prompt": "P3" }, "Go back");
    commit(folder, { "_p.prompt": "{{broken" }, "Break the partial");
    commit(folder, { "a.prompt": "A4" }, "Do without");
    expect(await textsOf()).toEqual(["A1 {{> p}}", "P3"]);
  });

  test("have no prompts of hidden folders and `node_modules`, as on disk", async () => {
    const files = {
      "a.prompt": "A",
      ".x/b.prompt": "B",
      "node_modules/m/c.prompt": "C",
      "d/node_modules/e.prompt": "E",
    };
    const library = await (await versionsOf(repositoryOf(files))).at("HEAD");
    expect(library.files().map(({ path }) => path)).toEqual(["a.prompt"]);
  });

  test.each(["@{-1}", "HEAD^{/Change}", ":/Change", "main@{0}", "v1\nv2", "blob:0000000"])(
    "S06 never ask Git for %j, wherever it comes from",
    async (revision) => {
      const folder = threeCommits();
      git(folder, "checkout", "-q", "-b", "other");
      const asked = { code: "prompt-ref-unknown", message: expect.stringContaining("is not a version of a prompt") };
      await expect((await versionsOf(folder)).at(revision)).rejects.toMatchObject(asked);
      const roots = [{ path: folder, shown: "prompts" }];
      await expect(makeBundle({ roots, revision })).rejects.toMatchObject(asked);
    },
  );

  test("say what to do where there is no Git and where the clone is shallow", async () => {
    const plain = await versionsOf(folderOf({ "a.prompt": "A" }));
    await expect(plain.at("v1")).rejects.toMatchObject({ hint: expect.stringContaining("Git clone") });
    const shallow = folderOf({});
    git(shallow, "clone", "--depth", "1", `file://${threeCommits()}`, "clone");
    const clone = await versionsOf(join(shallow, "clone"));
    await expect(clone.at("main~1")).rejects.toMatchObject({ hint: expect.stringContaining("fetch-depth: 0") });
    expect((await clone.at("main")).names()).toEqual(["a", "b/b", "c"]);
  });

  test("refuse links and texts that are none, and only for the prompts that need them", async () => {
    const folder = repositoryOf({ "a.prompt": "A", "binary.prompt": new Uint8Array([0xff, 0xfe, 0]) });
    symlinkSync("/etc/passwd", join(folder, "link.prompt"));
    git(folder, "add", "-A");
    git(folder, "commit", "-m", "Link");
    const library = await (await versionsOf(folder)).at("HEAD");
    expect(library.pin("a").files).toHaveLength(1);
    expect(() => library.pin("link")).toThrow(/is a link or a submodule/u);
    expect(() => library.pin("binary")).toThrow(/UTF-16/u);
  });

  test("S06 run nothing that a hostile repository brings", async () => {
    const folder = threeCommits();
    const canary = join(folderOf({}), "canary");
    const command = join(folderOf({ "program.sh": `#!/bin/sh\ntouch ${canary}\n` }), "program.sh");
    chmodSync(command, 0o755);
    for (const key of [
      "core.fsmonitor",
      "core.pager",
      "diff.external",
      "gpg.program",
      "gpg.openpgp.program",
      "core.sshCommand",
    ])
      git(folder, "config", key, command);
    git(folder, "config", "log.showSignature", "true");
    git(folder, "config", "filter.evil.smudge", command);
    git(folder, "config", "filter.evil.clean", command);
    git(folder, "config", "diff.evil.textconv", command);
    writeFiles(folder, { ".gitattributes": "* filter=evil diff=evil\n" });
    // A signature makes Git start the program that checks it, when it is asked to show signatures.
    const body = git(folder, "cat-file", "commit", "HEAD");
    const signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----";
    writeFiles(folder, { signed: `${body.replace(/^committer .*$/mu, `$&\n${signature}`)}\n` });
    git(folder, "update-ref", "HEAD", git(folder, "hash-object", "-t", "commit", "-w", "signed"));
    const versions = await versionsOf(folder);
    await versions.pin(parsePromptRef("a@v1"));
    await promptHistory(versions, { name: "a", root: folder, limit: 10 });
    expect(existsSync(canary)).toBe(false);
  });

  test("fail with a typed error when Git's child dies, and answer nothing but ids", async () => {
    const gone = folderOf({});
    using objects = openGitObjects(gone);
    await expect(objects.read("0".repeat(40))).rejects.toMatchObject({ code: "prompt-ref-unknown" });
    await expect(objects.read("1".repeat(40))).rejects.toMatchObject({ code: "prompt-ref-unknown" });
    const folder = threeCommits();
    using whole = openGitObjects(folder);
    expect(await whole.read("0".repeat(40))).toBeUndefined();
    expect(await whole.read("HEAD:a.prompt")).toBeUndefined();
    const ids = ["v1:a.prompt", "v2:_p.prompt", "HEAD:a.prompt"].map((name) => git(folder, "rev-parse", name));
    const texts = await Promise.all(ids.map(async (id) => (await whole.read(id))?.toString()));
    expect(texts).toEqual(["A1", "P2", "A3"]);
    const large = "x".repeat(3_000_000);
    commit(folder, { "large.txt": large }, "Large");
    expect((await whole.read(git(folder, "rev-parse", "HEAD:large.txt")))?.length).toBe(large.length);
    rmSync(gone, { recursive: true });
  });
});

describe("history", () => {
  test("lists the commits that changed a prompt or its partials, newest first", async () => {
    const folder = threeCommits();
    const versions = await versionsOf(folder);
    const titles = async (name: string): Promise<readonly unknown[]> =>
      (await promptHistory(versions, { name, root: folder, limit: 10 })).map(({ title, paths, state }) => [
        title,
        paths,
        state,
      ]);
    expect(await titles("a")).toEqual([
      ["Change a", ["a.prompt"], "usable"],
      ["Begin", ["a.prompt"], "usable"],
    ]);
    expect(await titles("b/b")).toEqual([
      ["Change the partial", ["_p.prompt"], "usable"],
      ["Begin", ["_p.prompt", "b/b.prompt"], "usable"],
    ]);
    expect(await titles("nope")).toEqual([]);
  });

  test("takes nothing that somebody wrote for another commit, and needs no title", async () => {
    const folder = repositoryOf({ "a.prompt": "A1", "b.prompt": "B" });
    const forged = `\u0001${"0".repeat(40)}\u00022020-01-01\u0002Eve\u0002Forged`;
    commit(folder, { "a.prompt": "A2" }, forged);
    git(folder, "mv", "a.prompt", "c.prompt");
    git(folder, "commit", "--allow-empty-message", "-m", "");
    const commits = await folderCommits(folder);
    expect(commits.map(({ title, paths }) => [title, paths])).toEqual([
      ["", ["a.prompt", "c.prompt"]],
      [forged, ["a.prompt"]],
      ["Begin", ["a.prompt", "b.prompt"]],
    ]);
    // The user's settings for `git log` change nothing.
    git(folder, "config", "log.follow", "true");
    git(folder, "config", "diff.renames", "copies");
    expect(await folderCommits(folder)).toEqual(commits);
    // A name that was renamed away was removed.
    const changes = await promptHistory(await versionsOf(folder), { name: "a", root: folder, limit: 10 });
    expect(changes.map(({ state }) => state)).toEqual(["absent", "usable", "usable"]);
  });

  test("tells when a prompt was broken, removed and brought back", async () => {
    const folder = repositoryOf({ "x/a.prompt": "A1", "y.txt": "" });
    commit(folder, { "x/a.prompt": "{{broken" }, "Break it");
    git(folder, "rm", "-q", "x/a.prompt");
    git(folder, "commit", "-m", "Remove it");
    commit(folder, { "x/a.prompt": "A1" }, "Bring it back");
    commit(folder, { "y.txt": "other" }, "Something else");
    const root = join(folder, "x");
    const versions = await versionsOf(root);
    const changes = await promptHistory(versions, { name: "a", root, limit: 10 });
    expect(changes.map(({ title, state }) => `${title}: ${state}`)).toEqual([
      "Bring it back: usable",
      "Remove it: absent",
      "Break it: broken",
      "Begin: usable",
    ]);
    expect(changes[0]?.closure).toBe(changes[3]?.closure);
    expect(await promptHistory(versions, { name: "a", root, limit: 2 })).toEqual(changes.slice(0, 2));
  });
});

describe("a diff", () => {
  const OLD =
    "---\nmodel: m1\nconfig:\n  temperature: 0.3\ninput:\n  schema:\n    topic: string\n---\nOne\n{{topic}}\n{{> p}}\n";

  test("tells settings, template lines, partials and schemas apart", async () => {
    const folder = repositoryOf({ "a.prompt": OLD, "_p.prompt": "P1\n", "_q.prompt": "Q\n" });
    const now = OLD.replace("m1", "m2")
      .replace("topic: string", "topic: string\n    tone?: string")
      .replace("One", "Two {{tone}}");
    commit(folder, { "a.prompt": now.replace("{{> p}}", "{{> p}}{{> q}}"), "_p.prompt": "P1\nP2\n" }, "Change");
    const versions = await versionsOf(folder);
    const [from, to] = await Promise.all([versions.pin(parsePromptRef("a@HEAD~1")), versions.pin(parsePromptRef("a"))]);
    expect(diffPrompts(from, to)).toEqual({
      frontMatter: [
        { key: "model", before: "m1", after: "m2" },
        { key: "input.schema.tone?", after: "string" },
      ],
      texts: [
        {
          path: "a.prompt",
          kind: "template",
          change: "changed",
          hunks: [{ line: 10, lines: ["-One", "+Two {{tone}}", " {{topic}}", "-{{> p}}", "+{{> p}}{{> q}}"] }],
        },
        { path: "_p.prompt", kind: "partial", change: "changed", hunks: [{ line: 1, lines: [" P1", "+P2"] }] },
        { path: "_q.prompt", kind: "partial", change: "added", hunks: [{ line: 1, lines: ["+Q"] }] },
      ],
      isFormOnly: false,
    });
    expect(diffPrompts(to, from).frontMatter).toContainEqual({ key: "input.schema.tone?", before: "string" });
  });

  test("finds nothing in what is only written in another form", async () => {
    const folder = repositoryOf({ "a.prompt": "---\nmodel: m\nconfig: { temperature: 0 }\n---\nHi\n" });
    commit(folder, { "a.prompt": "---\n# A comment\nconfig:\n  temperature: 0\nmodel: 'm'\n---\nHi\n" }, "Form");
    const versions = await versionsOf(folder);
    const [from, to] = [await versions.pin(parsePromptRef("a@HEAD~1")), await versions.pin(parsePromptRef("a"))];
    expect(diffPrompts(from, to)).toEqual({ frontMatter: [], texts: [], isFormOnly: true });
    expect(diffPrompts(to, to)).toEqual({ frontMatter: [], texts: [], isFormOnly: false });
  });
});
