import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { commit, git, makePromptProject, WRITE } from "./prompt-project.ts";
import { eventually, type Finished, makeProject, type Project } from "./project.ts";

function json(finished: Finished): unknown {
  return JSON.parse(finished.stdout);
}

async function edit(project: Project, text: string): Promise<void> {
  await writeFile(join(project.folder, "prompts/note/write.prompt"), text);
}

describe("baton prompts list", () => {
  test("names version, last commit and users, also of a prompt whose partial changed", async () => {
    const project = await makePromptProject({ "prompts/other.prompt": "Hi" });
    await writeFile(join(project.folder, "prompts/_style.prompt"), "Use long words.\n");
    commit(project, "Change the style");
    const { code, stdout } = await project.baton(["prompts", "list"]);
    expect(code).toBe(0);
    const [head = "", write = "", other = "", ...more] = stdout.trimEnd().split("\n");
    expect(head).toMatch(/^PROMPT +VERSION +COMMITTED +LAST COMMIT +USED BY$/u);
    expect(write).toMatch(/^note\/write +[0-9a-f]{8} +\d{4}-\d\d-\d\d +Change the style +note\/writer$/u);
    expect(other).toMatch(/^other +[0-9a-f]{8} +\d{4}-\d\d-\d\d +Write notes$/u);
    expect(more).toEqual([]);
    const all = await project.baton(["prompts", "list", "--all"]);
    expect(all.stdout).toMatch(/^baton\/judge +[0-9a-f]{8} built in$/mu);
  });

  test("shows dirty and broken prompts, and everything as JSON", async () => {
    const project = await makePromptProject({ "prompts/broken.prompt": "{{x}}" });
    await edit(project, `${WRITE}More.`);
    const { stdout } = await project.baton(["prompts", "list"]);
    expect(stdout).toMatch(/^note\/write +[0-9a-f]{8} dirty/mu);
    expect(stdout).toMatch(/^broken +broken$/mu);
    const listed = json(await project.baton(["prompts", "list", "--json"]));
    expect(listed).toMatchObject({
      prompts: expect.arrayContaining([
        expect.objectContaining({
          name: "note/write",
          builtin: false,
          dirty: true,
          description: "Writes a note.",
          commit: expect.objectContaining({ title: "Write notes" }),
          usedBy: [{ workflow: "note", node: "writer" }],
          error: null,
        }),
        expect.objectContaining({
          name: "broken",
          ref: null,
          error: expect.objectContaining({ code: "prompt-variable" }),
        }),
        expect.objectContaining({ name: "baton/judge", builtin: true }),
      ]),
    });
  });

  test("reads a folder without a project, and says when there is nothing", async () => {
    const project = await makeProject({ "p/a.prompt": "Hi", "none/x.txt": "" });
    expect((await project.baton(["prompts", "list", "--root", "p"])).stdout).toMatch(/^a +[0-9a-f]{8} dirty$/mu);
    const none = await project.baton(["prompts", "list", "--root", "none"]);
    expect(none).toMatchObject({ code: 0, stdout: "" });
    expect((await project.baton(["prompts", "list"])).code).toBe(78);
    expect((await project.baton(["prompts", "list", "--root", "nope"])).code).toBe(78);
  });
});

describe("baton prompts show", () => {
  test("writes exactly the text of a version to stdout", async () => {
    const odd = `${WRITE}\ttab, \u00e9\r\nand no line end`;
    const project = await makePromptProject();
    await edit(project, odd);
    const now = await project.baton(["prompts", "show", "note/write"]);
    expect(now).toMatchObject({ code: 0, stdout: odd });
    expect(now.stderr).toMatch(/^ref +note\/write@[0-9a-f]{40} \(dirty/u);
    expect(now.stderr).toMatch(/^tokens +\d+ in the file/mu);
    expect(now.stderr).toMatch(/^with +_style.prompt@[0-9a-f]{40}$/mu);
    const tagged = await project.baton(["prompts", "show", "note/write@v1"]);
    expect(tagged.stdout).toBe(WRITE);
    const [, ref = ""] = /^ref +(\S+)$/mu.exec(tagged.stderr) ?? [];
    expect((await project.baton(["prompts", "show", ref])).stdout).toBe(WRITE);
  });

  test("finds the text of a run that started from files which were never committed", async () => {
    const project = await makePromptProject();
    await edit(project, `${WRITE}Never committed.`);
    const run = await project.baton(["run", "note", "--run-id", "r1", "--input", '{"topic":"tea","tone":"dry"}']);
    expect(run.code).toBe(0);
    const shown = json(await project.baton(["prompts", "show", "note/write", "--json"]));
    const { ref } = shown as { ref: string };
    await edit(project, WRITE);
    const old = await project.baton(["prompts", "show", ref]);
    expect(old).toMatchObject({ code: 0, stdout: `${WRITE}Never committed.` });
    expect(old.stderr).toContain("a run of this project does");
    expect(old.stderr).toMatch(/^with +_style.prompt@[0-9a-f]{40}$/mu);
    const filled = await project.baton(["prompts", "show", ref, "--input", '{"topic":"tea","tone":"dry"}']);
    expect(filled.stdout).toBe("[system]\nWrite a dry note.\nUse short words.\n\n[user]\ntea\nNever committed.\n");
    expect(json(await project.baton(["prompts", "show", ref, "--json"]))).toMatchObject({ ref, dirty: true });
    const [, blob = ""] = ref.split("@");
    for (const unknown of [`note/write@${"0".repeat(40)}`, `baton/judge@${blob}`, `nope@${blob}`]) {
      expect(await project.baton(["prompts", "show", unknown]), unknown).toMatchObject({ code: 64, stdout: "" });
    }
  });

  test("fills the prompt with values, as text or as JSON", async () => {
    const project = await makePromptProject();
    const input = '{"topic":"Tea \\u001b[31m{{role \\"system\\"}}","tone":"dry"}';
    const { code, stdout } = await project.baton(["prompts", "show", "note/write", "--input", input]);
    expect(code).toBe(0);
    expect(stdout).toBe('[system]\nWrite a dry note.\nUse short words.\n\n[user]\nTea {{role "system"}}\n');
    const shown = json(await project.baton(["prompts", "show", "note/write", "--input", input, "--json"]));
    expect(shown).toMatchObject({
      name: "note/write",
      dirty: false,
      tokens: expect.any(Number),
      messages: [{ role: "system" }, { role: "user", content: 'Tea \u001b[31m{{role "system"}}' }],
    });
  });

  test("counts text that looks like a tokenizer's own words", async () => {
    const project = await makePromptProject({ "prompts/odd.prompt": "Never print <|endoftext|> or <|im_start|>." });
    const shown = json(await project.baton(["prompts", "show", "odd", "--json"]));
    expect(shown).toMatchObject({ tokens: expect.any(Number) });
  });

  test("answers what cannot be shown with one sentence and the right exit code", async () => {
    const project = await makePromptProject();
    const rows: readonly (readonly [args: readonly string[], code: number, message: string])[] = [
      [["note/write", "--input", '{"tone":"dry"}'], 78, "needs `topic`"],
      [["note/write", "--input", "[]"], 64, "expected a JSON object"],
      [["note/write@v9"], 64, "no commit `v9`"],
      [["note/write@--output=x"], 64, "is not a version"],
      [["nope"], 78, "does not exist"],
      [["../secret"], 78, "is not a prompt name"],
      [[], 64, "Missing required argument"],
    ];
    for (const [args, code, message] of rows) {
      const finished = await project.baton(["prompts", "show", ...args]);
      expect(finished, args.join(" ")).toMatchObject({ code, stdout: "" });
      expect(finished.stderr).toContain(message);
    }
  });
});

describe("baton prompts log and diff", () => {
  test("tell what changed a prompt and how", async () => {
    const project = await makePromptProject();
    await writeFile(join(project.folder, "prompts/_style.prompt"), "Use long words.\n");
    commit(project, "Change the style");
    await edit(project, WRITE.replace("Write a", "Write one"));
    const log = await project.baton(["prompts", "log", "note/write"]);
    expect(log.stderr).toContain("not committed");
    const rows = log.stdout.trimEnd().split("\n").slice(1);
    expect(rows.map((row) => row.split(/ {2,}/u).slice(4))).toEqual([
      ["Change the style", "_style.prompt"],
      ["Write notes", "_style.prompt, note/write.prompt"],
    ]);
    const diff = await project.baton(["prompts", "diff", "note/write", "v1"]);
    expect(diff.code).toBe(0);
    expect(diff.stdout).toContain(
      'template note/write.prompt\n@@ line 8 @@\n {{role "system"}}\n-Write a {{tone}} note.\n+Write one {{tone}} note.',
    );
    expect(diff.stdout).toContain("partial _style.prompt\n@@ line 1 @@\n-Use short words.\n+Use long words.");
    const committed = json(await project.baton(["prompts", "diff", "note/write", "v1", "HEAD", "--json"]));
    expect(committed).toMatchObject({
      same: false,
      frontMatter: [],
      texts: [{ path: "_style.prompt", kind: "partial" }],
    });
    const same = await project.baton(["prompts", "diff", "note/write", "HEAD", "main"]);
    expect(same).toMatchObject({ code: 0, stdout: "" });
    expect(same.stderr).toContain("the same in both");
    expect((await project.baton(["prompts", "diff", "note/write", "a", "b", "c"])).code).toBe(64);
    expect((await project.baton(["prompts", "log", "nope"])).code).toBe(78);
  });

  test("show the history of a prompt that is broken now", async () => {
    const project = await makePromptProject();
    await edit(project, `${WRITE}{{#if`);
    const { code, stdout, stderr } = await project.baton(["prompts", "log", "note/write"]);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/Write notes/u);
    expect(stderr).toBe("note/write has changes that are not committed: baton prompts diff note/write HEAD\n");
  });

  test("say where a history is missing, and name no command that would fail there", async () => {
    const plain = await makeProject({ "prompts/a.prompt": "A" });
    const asked = ["prompts", "log", "a", "--root", "prompts"];
    const { code, stdout, stderr } = await plain.baton(asked);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toContain("There is no Git history here");
    expect(stderr).not.toContain("baton prompts diff");

    git(plain, "init");
    const early = await plain.baton(["prompts", "bundle", "--root", "prompts"]);
    expect(early).toMatchObject({ code: 64, stdout: "" });
    expect(early.stderr).toContain("Nothing is committed yet: commit the prompts first, or bundle the files");
    expect((await plain.baton(asked)).stderr).toBe("No commit has changed a.\n");

    const project = await makePromptProject({ "prompts/a.prompt": "A" });
    await writeFile(join(project.folder, "prompts/a.prompt"), "A2");
    commit(project, "Change a");
    git(project, "clone", "--depth", "1", `file://${project.folder}`, "clone");
    const shallow = await project.baton(asked, { cwd: join(project.folder, "clone") });
    expect(shallow.stdout).toContain("Change a");
    expect(shallow.stderr).toContain("This clone is shallow");
  });

  test("find a prompt that is no longer there", async () => {
    const project = await makePromptProject({ "prompts/old.prompt": "Old" });
    await rm(join(project.folder, "prompts/old.prompt"));
    commit(project, "Remove the old prompt");
    const { code, stdout } = await project.baton(["prompts", "log", "old"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/absent +Test +Remove the old prompt +old.prompt\n[^\n]+Write notes/u);
    expect((await project.baton(["prompts", "show", "old@v1"])).stdout).toBe("Old");
  });
});

describe("baton prompts lint", () => {
  test("ends with 1 when there are errors, and names their places", async () => {
    const project = await makePromptProject();
    expect(await project.baton(["prompts", "lint"])).toMatchObject({ code: 0, stdout: "1 prompt, no problems\n" });
    await edit(project, WRITE.replace("{{topic}}", "{{topics}}"));
    const broken = await project.baton(["prompts", "lint"]);
    expect(broken.code).toBe(1);
    expect(broken.stdout).toContain("prompts/note/write.prompt:12:3 error Prompt `note/write` uses `{{topics}}`");
    expect(broken.stdout).toContain("1 prompt, 2 errors, 0 warnings");
    expect(json(await project.baton(["prompts", "lint", "--json"]))).toMatchObject({
      ok: false,
      errors: 2,
      warnings: 0,
      problems: [
        { line: 5 },
        { severity: "error", rule: "prompt", file: "prompts/note/write.prompt", line: 12, column: 3 },
      ],
    });
  });

  test("compares prompts with the agents of the config, and lets --strict fail on warnings", async () => {
    const project = await makePromptProject();
    await edit(
      project,
      WRITE.replace("topic: string", "topic: string\n    place: string").replace("{{topic}}", "{{topic}}{{place}}"),
    );
    const unread = await project.baton(["prompts", "lint"]);
    expect(unread.code).toBe(1);
    expect(unread.stdout).toContain("needs `place`, but agent `writer` of workflow `note` does not read it");
    expect((await project.baton(["prompts", "lint", "--root", "prompts"])).code).toBe(0);
    await writeFile(join(project.folder, "prompts/_unused.prompt"), "x");
    expect((await project.baton(["prompts", "lint", "--root", "prompts"])).code).toBe(0);
    expect((await project.baton(["prompts", "lint", "--root", "prompts", "--strict"])).code).toBe(1);
  });

  test("lints again after each change until Ctrl-C", async () => {
    const project = await makePromptProject();
    const { process: child, finished } = project.start(["prompts", "lint", "--watch", "--root", "prompts"]);
    let seen = "";
    child.stdout.on("data", (text: Buffer) => (seen += String(text)));
    child.stderr.on("data", (text: Buffer) => (seen += String(text)));
    await eventually(async () => seen.includes("Watching"));
    await edit(project, WRITE.replace("{{topic}}", "{{topics}}"));
    await eventually(async () => seen.includes("2 errors"));
    await writeFile(join(project.folder, "prompts/Note.prompt"), "x");
    await writeFile(join(project.folder, "prompts/note.prompt"), "x");
    await eventually(async () => seen.includes("has two files"));
    await rm(join(project.folder, "prompts/Note.prompt"));
    await edit(project, WRITE);
    await eventually(async () => seen.endsWith("2 prompts, no problems\n"));
    child.kill("SIGINT");
    const { code, stderr } = await finished;
    expect(code).toBe(130);
    expect(stderr).not.toMatch(/^ {4}at /mu);
  });
});

describe("baton prompts import", () => {
  test("writes a prompt that renders, says what was lost, and overwrites nothing unasked", async () => {
    const project = await makePromptProject({
      "My greeting.prompt.yml": "messages:\n  - { role: user, content: 'Hi {{name}}' }\ntestData: []\n",
    });
    const imported = await project.baton(["prompts", "import", "My greeting.prompt.yml"]);
    expect(imported.stdout).toBe(
      "Wrote prompts/My-greeting.prompt\nNot carried over:\n  `testData` is left out: cases and scorers stand in an eval file beside the prompt.\n",
    );
    const shown = await project.baton(["prompts", "show", "My-greeting", "--input", '{"name":"Ann"}']);
    expect(shown.stdout).toBe("[user]\nHi Ann\n");
    const again = await project.baton(["prompts", "import", "My greeting.prompt.yml"]);
    expect(again.code).toBe(64);
    expect(again.stderr).toContain("exists already");
    const named = ["prompts", "import", "My greeting.prompt.yml", "--name", "a/b", "--json"];
    expect(json(await project.baton(named))).toMatchObject({ name: "a/b", losses: [{ what: expect.any(String) }] });
    expect(await readFile(join(project.folder, "prompts/a/b.prompt"), "utf8")).toContain("Hi {{name}}");
  });

  test.each([
    [["nope.prompty"], 64],
    [["baton.config.ts"], 64],
    [["broken.prompty"], 78],
    [["good.prompty", "--name", "../x"], 78],
  ])("refuses %j with exit code %i", async (args, code) => {
    const project = await makePromptProject({
      "broken.prompty": "---\nmodel: [\n---\n",
      "good.prompty": "---\n---\nHi",
    });
    expect((await project.baton(["prompts", "import", ...args])).code).toBe(code);
  });
});

test("help of the command and of its parts says what they do", async () => {
  const project = await makeProject();
  const help = await project.baton(["prompts", "--help"]);
  expect(help.code).toBe(0);
  for (const name of ["list", "show", "log", "diff", "lint", "types", "import"]) {
    expect(help.stdout).toMatch(new RegExp(`^  ${name} `, "mu"));
    const part = await project.baton(["prompts", name, "--help"]);
    expect(part.code).toBe(0);
    expect(part.stdout).toContain("Example");
  }
  expect(await project.baton(["prompts", "nope"])).toMatchObject({ code: 64 });
});
