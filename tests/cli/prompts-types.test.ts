import { execFile } from "node:child_process";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import { expect, test } from "vitest";

import { makePromptProject, WRITE } from "./prompt-project.ts";
import { type Project, REPOSITORY } from "./project.ts";

const run = promisify(execFile);
const TSC = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

const TSCONFIG = JSON.stringify({
  compilerOptions: {
    target: "es2024",
    module: "nodenext",
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  },
  include: ["*.ts"],
});

const AGENTS = `import { ReducedValue, StateSchema } from "@langchain/langgraph";
import { agent } from "batonjs";
import { z } from "zod";

const Note = new StateSchema({
  topic: z.string(),
  tone: z.enum(["dry", "warm"]),
  mood: z.string().optional(),
  facts: new ReducedValue(z.array(z.object({ claim: z.string(), line: z.number() })).default([]), { reducer: (a, b) => a.concat(b) }),
  text: z.string().default(""),
});

agent(Note, { prompt: "note/write", reads: ["topic", "tone", "text"], writes: ["text"], memory: { layers: ["vector"], query: (s) => s.topic } });
agent(Note, { prompt: "note/facts", reads: ["facts", "mood"], writes: ["text"] });
agent(Note, { prompt: "note/facts", reads: ["facts"], writes: ["text"] });
agent(Note, { prompt: "plain", reads: [], writes: ["text"] });
`;

const MISTAKES: readonly (readonly [code: string, message: RegExp])[] = [
  [
    `agent(Note, { prompt: "note/wirte", reads: ["topic", "tone"], writes: ["text"] });`,
    /'"note\/wirte"' is not assignable/u,
  ],
  [
    `agent(Note, { prompt: "note/write", reads: ["topic"], writes: ["text"] });`,
    /Prompt note\/write needs tone: add it to \\"reads\\"\./u,
  ],
  [
    `agent(Note, { prompt: "note/facts", reads: ["text"], writes: ["text"] });`,
    /Prompt note\/facts needs facts: add it/u,
  ],
  [
    `agent(Note, { prompt: "note/number", reads: ["topic"], writes: ["text"] });`,
    /Prompt note\/number takes another type for topic than the state has\./u,
  ],
  [
    `agent(Note, { prompt: "note/needy", reads: ["mood"], writes: ["text"] });`,
    /Prompt note\/needy takes another type for mood than/u,
  ],
  [`agent(Note, { prompt: "note/write", reads: ["topic", "tune"], writes: ["text"] });`, /"tune"/u],
  [
    `agent(Note, { prompt: "baton/judge", reads: ["topic"], writes: ["text"] });`,
    /Prompt baton\/judge needs (?:criterion|request|answer): add/u,
  ],
];

async function compile(project: Project): Promise<string> {
  try {
    const { stdout } = await run(process.execPath, [TSC, "-p", project.folder], { cwd: project.folder });
    return stdout;
  } catch (error) {
    if (error instanceof Error && "stdout" in error) return String(error.stdout);
    throw error;
  }
}

async function makeTypedProject(): Promise<Project> {
  const project = await makePromptProject({
    "tsconfig.json": TSCONFIG,
    "agents.ts": AGENTS,
    "prompts/plain.prompt": "Hi",
    "prompts/note/facts.prompt":
      "---\ninput:\n  schema:\n    facts(array):\n      claim: string\n    mood?: string\n---\n{{#each facts}}{{claim}}{{/each}}{{mood}}",
    "prompts/note/number.prompt": "---\ninput:\n  schema:\n    topic: number\n---\n{{topic}}",
    "prompts/note/needy.prompt": "---\ninput:\n  schema:\n    mood: string\n---\n{{mood}}",
  });
  await symlink(join(REPOSITORY, "node_modules/@types"), join(project.folder, "node_modules/@types"), "junction");
  return project;
}

test("written types let the compiler compare an agent's reads with its prompt", async () => {
  const project = await makeTypedProject();
  const written = await project.baton(["prompts", "types"]);
  expect(written).toMatchObject({ code: 0, stdout: "" });
  expect(written.stderr).toContain("Wrote prompts.d.ts");
  expect(await compile(project)).toBe("");
  await writeFile(join(project.folder, "agents.ts"), `${AGENTS}\n${MISTAKES.map(([code]) => code).join("\n")}\n`);
  const output = await compile(project);
  const first = AGENTS.split("\n").length + 1;
  for (const [index, [code, message]] of MISTAKES.entries()) {
    const errors = output.split(/^(?=agents\.ts)/mu).filter((error) => error.startsWith(`agents.ts(${first + index},`));
    expect(errors.join(""), code).toMatch(message);
  }
});

test("without written types every prompt name is allowed", async () => {
  const project = await makeTypedProject();
  await writeFile(
    join(project.folder, "agents.ts"),
    `${AGENTS}\nagent(Note, { prompt: "any/name", reads: [], writes: ["text"] });\n`,
  );
  expect(await compile(project)).toBe("");
});

test("--check says when the file is missing, right or out of date, and writes nothing", async () => {
  const project = await makePromptProject();
  const check = ["prompts", "types", "--out", "types/prompts.d.ts", "--check"];
  const file = join(project.folder, "types/prompts.d.ts");
  expect(await project.baton(check)).toMatchObject({ code: 1, stderr: expect.stringContaining("is missing") });
  expect((await project.baton(check.slice(0, -1))).code).toBe(0);
  expect((await project.baton(check)).code).toBe(0);
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replaceAll("\n", "\r\n"));
  expect((await project.baton(check)).code).toBe(0);
  await writeFile(join(project.folder, "prompts/note/write.prompt"), WRITE.replace("[dry, warm]", "[dry]"));
  expect(await project.baton(check)).toMatchObject({ code: 1, stderr: expect.stringContaining("out of date") });
  expect((await project.baton(["prompts", "types", "--out", "-"])).stdout).toContain('readonly tone: "dry";');
});
