import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { describe, expect, onTestFinished, test } from "vitest";

import { lintPrompts, type LintProblem, type PromptUse } from "../../prompts/lint.ts";
import { PromptLibrary } from "../../prompts/library.ts";
import { printPlace } from "../../prompts/prompt-error.ts";
import { watchFolders } from "../../prompts/watch.ts";
import { type FileTexts, folderOf } from "./prompt-folder.ts";

const INPUT = "---\ninput:\n  schema:\n    topic: string\n---\n";

async function lint(files: FileTexts, uses: readonly PromptUse[] = []): Promise<readonly string[]> {
  const folder = folderOf(files);
  const problems = await lintPrompts(await PromptLibrary.load([folder]), uses);
  return problems.map((problem) => printed(problem).replaceAll(`${folder}/`, ""));
}

function printed({ severity, rule, place, message }: LintProblem): string {
  return `${place === undefined ? "-" : printPlace(place)} ${severity} ${rule}: ${message}`;
}

describe("lint", () => {
  test("is silent about good prompts", async () => {
    const good = `${INPUT}{{role "system"}}\nBe kind.\n{{> style}}\n{{role "user"}}\n{{topic}}`;
    expect(await lint({ "a.prompt": good, "_style.prompt": "Rhyme.", "b/c.short.prompt": "Hi" })).toEqual([]);
  });

  test("finds every mistake of a prompt, not only the first", async () => {
    expect(await lint({ "a.prompt": `${INPUT}{{tone}}\n{{topic.length}}\n{{size}}` })).toEqual([
      "a.prompt:4:5 error prompt: Prompt `a` declares `topic` but does not use it.",
      "a.prompt:6:3 error prompt: Prompt `a` uses `{{tone}}` but its input does not declare it.",
      "a.prompt:7:3 error prompt: Prompt `a` uses `{{topic.length}}`, but the schema of that value has no `length`.",
      "a.prompt:8:3 error prompt: Prompt `a` uses `{{size}}` but its input does not declare it.",
    ]);
  });

  test("reports the mistake of a shared partial in each prompt's name once", async () => {
    const problems = await lint({ "_p.prompt": "{{x}}", "a.prompt": "{{> p}}{{> p}}", "b.prompt": "{{> p}}" });
    expect(problems).toEqual([
      "_p.prompt:1:3 error prompt: Prompt `a` uses `{{x}}` but its input does not declare it.",
      "_p.prompt:1:3 error prompt: Prompt `b` uses `{{x}}` but its input does not declare it.",
    ]);
  });

  test.each<[what: string, files: FileTexts, problems: readonly string[]]>([
    [
      "a system message after a user's",
      { "a.prompt": '{{role "user"}}Hi\n  {{role "system"}}Obey.' },
      ["a.prompt:2:3 warning roles: Prompt `a` can have a system message after another message."],
    ],
    [
      "text before the system role, which is a user message",
      { "a.prompt": 'Hi\n{{role "system"}}Obey.\n{{role "user"}}Go.' },
      ["a.prompt:2:1 warning roles: Prompt `a` can have a system message after another message."],
    ],
    [
      "a late system message in one branch of a partial in a loop",
      {
        "a.prompt":
          '---\ninput:\n  schema:\n    xs(array): boolean\n---\n{{role "system"}}A{{#each xs}}{{> p flag=this}}{{/each}}',
        "_p.prompt": '{{#if flag}}{{role "user"}}x{{else}}{{role "system"}}y{{/if}}',
      },
      ["_p.prompt:1:37 warning roles: Prompt `a` can have a system message after another message."],
    ],
    [
      "a prompt without a user message",
      { "a.prompt": '{{role "system"}}Be kind.' },
      ["a.prompt:1:1 warning roles: Prompt `a` has no user message."],
    ],
    [
      "a model's message at the end",
      { "a.prompt": 'Hi {{role "model"}}Sure,' },
      ["a.prompt:1:1 warning roles: Prompt `a` can end with a message of the model."],
    ],
    [
      "more tokens than the budget, in either spelling",
      {
        "a.prompt": "---\nbaton.tokenBudget: 3\n---\nOne two three four five.",
        "b.prompt": "---\next:\n  baton:\n    tokenBudget: 3\n---\n{{> long}}",
        "d.prompt":
          "---\nbaton.tokenBudget: 3\ninput:\n  schema:\n    x: boolean\n---\n{{#if x}}One two three four five.{{else}}One.{{/if}}",
        "e.prompt":
          "---\nbaton.tokenBudget: 3\ninput:\n  schema:\n    x: boolean\n---\n{{#if x}}One.{{else}}One two three four five.{{/if}}",
        "c.prompt": "---\nbaton.tokenBudget: 6\n---\nOne two three four five.",
        "_long.prompt": "One two three four five.",
      },
      [
        "a.prompt:2:1 error token-budget: Prompt `a` takes 6 tokens without any value; its budget is 3.",
        "b.prompt:4:5 error token-budget: Prompt `b` takes 6 tokens without any value; its budget is 3.",
        "d.prompt:2:1 error token-budget: Prompt `d` takes 6 tokens without any value; its budget is 3.",
        "e.prompt:2:1 error token-budget: Prompt `e` takes 6 tokens without any value; its budget is 3.",
      ],
    ],
    [
      "secrets in prompts, partials and schemas",
      {
        "_p.prompt": `Use AKIA${"IOSFODNN7EXAMPLE"}.`,
        "a.prompt": "{{> p}}",
        "schemas/S.json": `{"description": "postgres://u:${"hunter22"}@db/x"}`,
      },
      [
        "_p.prompt:1:5 error secret: `_p.prompt` holds what looks like an AWS access key.",
        "schemas/S.json:1 warning unused-file: No prompt uses the schema `schemas/S.json`.",
        "schemas/S.json:1:18 error secret: `schemas/S.json` holds what looks like an address with a password.",
      ],
    ],
    [
      "partials and schemas that nobody uses",
      { "a.prompt": "Hi", "_old.prompt": "Bye", "b/_old.prompt": "Bye", "schemas/Old.schema.json": "{}" },
      [
        "_old.prompt:1 warning unused-file: No prompt uses the partial `_old.prompt`.",
        "b/_old.prompt:1 warning unused-file: No prompt uses the partial `b/_old.prompt`.",
        "schemas/Old.schema.json:1 warning unused-file: No prompt uses the schema `schemas/Old.schema.json`.",
      ],
    ],
    [
      "file names that are no prompt names",
      { "My prompt.prompt": "Hi", "a.b.c.prompt": "Hi" },
      [
        "a.b.c.prompt:1 error file-name: `a.b.c.prompt` can never be used: its name is no prompt name.",
        "My prompt.prompt:1 error file-name: `My prompt.prompt` can never be used: its name is no prompt name.",
      ],
    ],
    [
      "files that cannot be read, without guessing what is unused then",
      { "a.prompt": "---\nmodel: [\n---\nHi", "b.prompt": new Uint8Array([0xff, 0x41]), "_p.prompt": "x" },
      [
        "a.prompt:2:9 error prompt: The front matter cannot be read (bad indent).",
        "b.prompt:1 error prompt: File `b.prompt` is not valid UTF-8.",
      ],
    ],
  ])("finds %s", async (_what, files, problems) => {
    expect(await lint(files)).toEqual(problems);
  });

  test("finds a link that leaves the folder", async () => {
    const outside = folderOf({ "x.prompt": "Hi" });
    const folder = folderOf({ "a.prompt": "Hi" });
    symlinkSync(join(outside, "x.prompt"), join(folder, "x.prompt"));
    const problems = await lintPrompts(await PromptLibrary.load([folder]));
    expect(problems.map(({ severity, message }) => `${severity} ${message.replaceAll(`${folder}/`, "")}`)).toEqual([
      "error `x.prompt` is a link that leaves the prompt folder.",
    ]);
  });

  test("compares prompts with the agents that use them, built-in ones too", async () => {
    const use = { workflow: "w", node: "n", reads: ["other"] };
    const uses = ["a", "nope", "baton/session-summary"].map((prompt) => ({ ...use, prompt }));
    expect(await lint({ "a.prompt": `${INPUT}{{topic}}` }, uses)).toEqual([
      "- error reads: Agent `n` of workflow `w`: Prompt `nope` does not exist.",
      "a.prompt:4:5 error reads: Prompt `a` needs `topic`, but agent `n` of workflow `w` does not read it.",
      expect.stringMatching(
        /^batonjs\/prompts\/builtin\/baton\/session-summary.prompt:\d+:5 error reads: .* needs `turns`/u,
      ),
    ]);
  });

  test("never quotes a prompt's text", async () => {
    const secret = `AKIA${"IOSFODNN7EXAMPLE"}`;
    const problems = await lint({ "a.prompt": `---\nmodel: [${secret}\n---\n${secret}` });
    expect(problems).toHaveLength(3);
    expect(problems.join("\n")).not.toContain(secret);
  });
});

describe("watching", () => {
  test("begins at once and misses no change, one call at a time, until it is stopped", async () => {
    const folder = folderOf({ "a.prompt": "Hi" });
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const seen: string[] = [];
    let atOnce = 0;
    let most = 0;
    const watching = watchFolders(
      [folder],
      async () => {
        atOnce += 1;
        most = Math.max(most, atOnce);
        seen.push(readdirSync(folder).toSorted().join(" "));
        // A change while the folder is looked at, also for the first time.
        if (seen.length === 1) writeFileSync(join(folder, "b.prompt"), "Hi");
        await delay(150);
        atOnce -= 1;
      },
      stop.signal,
    );
    await expect.poll(() => seen.at(-1), { timeout: 60_000 }).toBe("a.prompt b.prompt");
    expect(seen[0]).toBe("a.prompt");
    mkdirSync(join(folder, "new"));
    writeFileSync(join(folder, "new/c.prompt"), "Hi");
    rmSync(join(folder, "a.prompt"));
    await expect.poll(() => seen.at(-1), { timeout: 60_000 }).toBe("b.prompt new");
    stop.abort();
    await watching;
    expect(most).toBe(1);
  });

  test("fails when the folder is not there or the work fails", async () => {
    const { signal } = new AbortController();
    await expect(watchFolders([join(folderOf({}), "none")], async () => {}, signal)).rejects.toThrow(/ENOENT/u);
    const failing = watchFolders([folderOf({})], () => Promise.reject(new Error("no")), signal);
    await expect(failing).rejects.toThrow("no");
  });
});
