import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { makeApp } from "./project.ts";

test("makes a new run from an earlier step, with another value and another prompt, and leaves the first one as it is", async () => {
  const app = await makeApp();
  await app.baton(["run", "note", "--input", '{"topic":"Water"}', "--run-id", "r1"]);
  const before = (await app.baton(["show", "r1", "--json"])).stdout;
  const prompt = join(app.folder, "prompts/write.prompt");
  await writeFile(prompt, `${await readFile(prompt, "utf8")}\nBe brief.\n`);

  const changes = ["--set", 'notes=["Water is wet."]', "--prompt", "write", "--by", "ada", "--reason", "what if"];
  const forked = await app.baton(["fork", "r1", "--step", "2", "--run-id", "f1", "--json", ...changes]);

  expect([forked.code, forked.stderr]).toEqual([0, expect.stringContaining("forked from r1 before step 2")]);
  expect(JSON.parse(forked.stdout)).toMatchObject({
    runId: "f1",
    status: "completed",
    state: { notes: ["Water is wet."], answer: "Water is wet." },
  });
  const shown = JSON.parse((await app.baton(["show", "f1", "--json"])).stdout);
  expect(shown.prompts[0].closure).not.toBe(JSON.parse(before).prompts[0].closure);
  expect(shown.events).toContainEqual(
    expect.objectContaining({ type: "run_forked", from: "r1", step: 2, by: "ada", reason: "what if" }),
  );
  const { state, status, events } = JSON.parse((await app.baton(["show", "r1", "--json"])).stdout);
  expect({ state, status, events }).toEqual(pick(JSON.parse(before)));
});

function pick({ state, status, events }: Record<string, unknown>): object {
  return { state, status, events };
}

test("refuses what it cannot do with code 64, and makes no run", async () => {
  const app = await makeApp();
  await app.baton(["run", "note", "--input", '{"topic":"Water"}', "--run-id", "r1"]);
  const table: readonly (readonly [args: readonly string[], code: number, said: string])[] = [
    [["--step", "9"], 64, "Steps to choose from: 1 to 2."],
    [["--step", "soon"], 64, "Expected the number of a step"],
    [[], 64, "Required option `--step <n>`"],
    [["--step", "2", "--set", "topic"], 64, `--set 'verdict="revise"'`],
    [["--step", "2", "--set", "topic=tea"], 64, "is not JSON"],
    [["--step", "2", "--set", "topic=5"], 64, "`topic` does not fit"],
    [["--step", "2", "--prompt", "write=v2"], 64, "--prompt brief/write=@v1"],
    [["--step", "2", "--prompt", "other"], 78, "`other` does not exist"],
  ];
  for (const [args, code, said] of table) {
    const { stderr, ...rest } = await app.baton(["fork", "r1", ...args]);
    expect([args, rest.code, rest.stdout]).toEqual([args, code, ""]);
    expect(stderr).toContain(said);
    expect(stderr).not.toMatch(/^\s+at /mu);
  }
  expect(JSON.parse((await app.baton(["runs", "--json"])).stdout).runs).toHaveLength(1);
});
