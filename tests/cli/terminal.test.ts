import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { BIN, makeProject, type Project } from "./project.ts";

const STYLED = "\u001b[";
const SHOW = 'prompts show greet --root prompts --input \'{"name":"Ann"}\'';

/** Runs a line of shell on a terminal that says no width; gives what it showed. `script` belongs to util-linux, and to macOS. */
async function onTerminal({ folder }: Project, line: string): Promise<string> {
  const [file, record] = [join(folder, "line.sh"), join(folder, "record")];
  const baton = `baton() { '${process.execPath}' '${BIN}' "$@"; }`;
  await writeFile(file, `${baton}\n${line}\n`);
  const args = process.platform === "darwin" ? ["-q", record, "sh", file] : ["-qec", `sh '${file}'`, record];
  // Nothing else of the environment: `CI`, `NO_COLOR` and others would each decide over the colours.
  const env = { PATH: process.env["PATH"], HOME: folder, TERM: "xterm" };
  return execFileSync("script", args, { cwd: folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

function greeting(): Promise<Project> {
  return makeProject({
    "prompts/greet.prompt":
      '---\ninput:\n  schema:\n    name: string\n---\n{{role "system"}}\nBe nice.\n{{role "user"}}\nHi {{name}}',
  });
}

describe("colours", () => {
  test("mark roles, facts and tables on a terminal, also on one that says no width", async () => {
    const project = await greeting();
    const shown = await onTerminal(project, `baton ${SHOW}; baton prompts list --root prompts`);
    expect(shown).toContain("\u001b[33m[system]\u001b[39m");
    expect(shown).toContain("\u001b[36m[user]\u001b[39m");
    expect(shown).toContain("\u001b[2mref");
    expect(shown).toContain("\u001b[1mgreet");
    expect(shown).toMatch(/^PROMPT +VERSION +COMMITTED +LAST COMMIT +USED BY/mu);
  });

  test("are left out of each stream that is none, and where NO_COLOR is set", async () => {
    const project = await greeting();
    const piped = await project.baton(["prompts", "show", "greet", "--root", "prompts", "--input", '{"name":"Ann"}']);
    expect(piped.stdout).toBe("[system]\nBe nice.\n\n[user]\nHi Ann\n");
    expect(piped.stderr).not.toContain(STYLED);

    const shown = await onTerminal(project, `baton ${SHOW} > out.txt; NO_COLOR=1 baton ${SHOW} 2> err.txt`);
    expect(await readFile(join(project.folder, "out.txt"), "utf8")).toBe(piped.stdout);
    expect(await readFile(join(project.folder, "err.txt"), "utf8")).toBe(piped.stderr);
    const [facts, ...rest] = shown.split("[system]");
    expect(facts).toContain("\u001b[2mref");
    expect(rest.join()).not.toContain(STYLED);
  });
});
