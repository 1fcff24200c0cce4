import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { describe, expect, test } from "vitest";

import { makeProject, type Project } from "./project.ts";

/** Stands in the system message of each prompt. */
const TEXT = "canary-in-the-prompt-51f0";
/** Is a value that a run passes to its prompt; of the form of a key. */
const VALUE = `sk-${"canary7".repeat(5)}`;

const CONFIG = `import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, defineConfig, workflow } from "batonjs";
import { scripted } from "batonjs/testing";
import { z } from "zod";

const Note = new StateSchema({ pass: z.any(), text: z.string().default("") });
const reading = (prompt) => new StateGraph(Note)
  .addNode("writer", agent(Note, { prompt, reads: ["pass"], writes: ["text"] }))
  .addEdge(START, "writer")
  .addEdge("writer", END);
const Strict = new StateSchema({ pass: z.string(), text: z.string().default("") });
const strict = new StateGraph(Strict)
  .addNode("writer", agent(Strict, { prompt: "note", reads: ["pass"], writes: ["text"] }))
  .addEdge(START, "writer")
  .addEdge("writer", END);
export default defineConfig({
  workflows: [
    workflow({ id: "good", graph: reading("note") }),
    workflow({ id: "odd", graph: reading("number") }),
    workflow({ id: "strict", graph: strict }),
  ],
  model: scripted([{ answer: { text: "Done." }, times: 9 }]),
});
`;

function promptFor(type: string): string {
  return `---\ninput:\n  schema:\n    pass: ${type}\n---\n{{role "system"}}\n${TEXT}\n{{role "user"}}\n{{pass}}\n`;
}

function makeSecretProject(): Promise<Project> {
  return makeProject({
    "baton.config.ts": CONFIG,
    "prompts/note.prompt": promptFor("string"),
    "prompts/number.prompt": promptFor("number"),
  });
}

/** Names of the tables of which a row holds the text. */
function tablesWith({ folder }: Project, text: string): readonly string[] {
  const database = new DatabaseSync(join(folder, ".baton/baton.db"), { readOnly: true });
  try {
    const tables = database.prepare("select name from sqlite_master where type = 'table' order by name").all();
    return tables.flatMap(({ name }) => {
      const rows = database.prepare(`select * from "${String(name)}"`).all();
      const cells = rows.flatMap((row) => Object.values(row));
      const texts = cells.map((cell) =>
        cell instanceof Uint8Array ? Buffer.from(cell).toString("latin1") : String(cell),
      );
      return texts.some((cell) => cell.includes(text)) ? [String(name)] : [];
    });
  } finally {
    database.close();
  }
}

describe("S26 what stands in a prompt", () => {
  test("lies in the store among the texts alone, and a value of it only where the state lies", async () => {
    const project = await makeSecretProject();
    const input = JSON.stringify({ pass: VALUE });
    const run = await project.baton(["run", "good", "--run-id", "r1", "--verbose", "--input", input]);
    expect(run, run.stderr).toMatchObject({ code: 0, stdout: "Done.\n" });
    expect(run.stderr).not.toMatch(new RegExp(`${TEXT}|${VALUE}`, "u"));
    expect(tablesWith(project, TEXT)).toEqual(["blobs"]);
    expect(tablesWith(project, VALUE)).toEqual(["checkpoint_values", "checkpoint_writes", "runs"]);

    const shown = await Promise.all(
      [["show", "r1", "--json"], ["show", "r1"], ["why", "r1", "text"], ["runs"], ["prompts", "list"]].map((args) =>
        project.baton(args),
      ),
    );
    for (const { code, stdout, stderr } of shown) {
      expect(code, stderr).toBe(0);
      expect(`${stdout}${stderr}`).not.toContain(TEXT);
    }
    const { events } = JSON.parse(shown[0]?.stdout ?? "") as { events: unknown };
    expect(events).toContainEqual(expect.objectContaining({ type: "prompt_rendered" }));
    expect(JSON.stringify(events)).not.toContain(VALUE);
  });

  test("is in no error, whatever is wrong with the prompt or with a value", async () => {
    const project = await makeSecretProject();
    await writeFile(join(project.folder, "prompts/yaml.prompt"), `---\nmodel: [\n---\n${TEXT}`);
    await writeFile(join(project.folder, "prompts/tag.prompt"), `${TEXT} {{#if x}} ${VALUE}`);
    const failing: readonly (readonly [args: readonly string[], message: string])[] = [
      [["run", "odd", "--run-id", "r2", "--input", JSON.stringify({ pass: VALUE })], "to be a number, got a string"],
      [["run", "strict", "--input", JSON.stringify({ pass: [VALUE] })], "does not fit"],
      [["run", "strict", "--input", JSON.stringify([VALUE])], "to be a JSON object"],
      [["run", "good", "--input", VALUE], "is not JSON: Unexpected token 's'"],
      [["run", "good", "--input", `{"pass":"x" ${VALUE}`], "is not JSON: Expected"],
      [["prompts", "show", "note", "--input", JSON.stringify({ pass: { a: VALUE } })], "got an object"],
      [["prompts", "show", "note", "--input", `{"pass": ${VALUE}}`], "is not JSON"],
      [["prompts", "show", "yaml"], "yaml.prompt:"],
      [["prompts", "show", "tag"], "ends before"],
      [["prompts", "lint"], ""],
      [["prompts", "bundle", "--files"], "cannot be bundled"],
    ];
    for (const [args, message] of failing) {
      const { code, stdout, stderr } = await project.baton([...args, "--verbose"]);
      expect(code, args.join(" ")).not.toBe(0);
      expect(stderr).toContain(message);
      expect(`${stdout}${stderr}`, args.join(" ")).not.toMatch(/canary/u);
    }
    const { error, events } = JSON.parse((await project.baton(["show", "r2", "--json"])).stdout) as {
      error: unknown;
      events: unknown;
    };
    expect(JSON.stringify({ error, events })).toContain("got a string");
    expect(JSON.stringify({ error, events })).not.toMatch(/canary/u);
  });
});
