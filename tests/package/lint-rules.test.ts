import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

import { beforeAll, expect, test } from "vitest";

const REPOSITORY = resolve(import.meta.dirname, "../..");

const imports = (path: string): string => `export { a } from "${path}";\n`;
const long = (lines: number): string => "export const a = 1;\n" + "void a;\n".repeat(lines - 1);
const inside = (body: string): string => `export function f(a: "x" | "y"): unknown {\n${body}\nreturn a;\n}\n`;

/** What must be refused, in which file, by which rule. */
const REFUSED = [
  ["a folder imports one above it", "core/up.ts", imports("../runs/run.ts"), "no-restricted-imports"],
  ["only a type is imported", "core/type.ts", 'export type { A } from "../runs/run.ts";\n', "no-restricted-imports"],
  ["the import is dynamic", "graph/later.ts", 'void import("../store/connect.ts");\n', "no-restricted-imports"],
  ["siblings import each other", "memory/a.ts", imports("../models/model.ts"), "no-restricted-imports"],
  ["a deep file imports upwards", "store/sqlite/sql/a.ts", imports("../../../cli/x.ts"), "no-restricted-imports"],
  ["a part imports the composition root", "store/a.ts", imports("../baton.ts"), "no-restricted-imports"],
  ["the composition root imports the CLI", "config.ts", imports("./cli/x.ts"), "no-restricted-imports"],
  ["the CLI imports index.ts", "cli/commands/run.ts", imports("../../index.ts"), "no-restricted-imports"],
  ["a source imports its own package", "runs/own.ts", imports("batonjs"), "no-restricted-imports"],
  ["a source imports a test double", "agents/a.ts", imports("../testing/x.ts"), "no-restricted-imports"],
  ["a test double imports an implementation", "testing/a.ts", imports("../store/x.ts"), "no-restricted-imports"],
  ["two files import each other", "core/cycle-a.ts", imports("./cycle-b.ts"), "no-cycle"],
  ["two files import each other, seen from the other", "core/cycle-b.ts", imports("./cycle-a.ts"), "no-cycle"],
  ["a source has more than 250 lines", "core/long.ts", long(251), "max-lines"],
  ["a test has more than 400 lines", "tests/core/long.test.ts", long(401), "max-lines"],
  ["a file name is not kebab-case", "core/userName.ts", long(1), "filename-case"],
  [
    "a function takes four parameters",
    "core/f.ts",
    "export const f = (...a: [1]) => (b: 1, c: 1, d: 1, e: 1) => [a, b, c, d, e];\n",
    "max-params",
  ],
  ["any is written", "core/any.ts", "export const a: any = 1;\n", "no-explicit-any"],
  ["null is asserted away", "core/null.ts", "export const a = [1].at(0)!;\n", "no-non-null-assertion"],
  [
    "a type is imported as a value",
    "core/b.ts",
    'import { A } from "./ids.ts";\nexport type B = A;\n',
    "consistent-type-imports",
  ],
  ["a source prints", "runs/print.ts", 'console.log("x");\n', "no-console"],
  ["a promise is left alone", "core/promise.ts", inside("Promise.resolve();"), "no-floating-promises"],
  ["a catch is empty", "core/catch.ts", inside("try {\n void a;\n} catch {}"), "no-empty"],
  [
    "a switch forgets a member",
    "core/switch.ts",
    inside('switch (a) {\n case "x":\n return 1;\n}'),
    "switch-exhaustiveness-check",
  ],
  [
    "a rule is switched off for nothing",
    "core/off.ts",
    "// oxlint-disable-next-line no-console\nvoid 0;\n",
    "Unused oxlint-disable",
  ],
] as const;

/** What must pass: imports that go down, comments and blank lines, what the CLI and tests may do. */
const ALLOWED = {
  "core/ids.ts": "export const a = 1;\nexport type A = 1;\n",
  "runs/run.ts": `${imports("../core/ids.ts")}${"\n// why\n".repeat(300)}`,
  "store/connect.ts": imports("../runs/run.ts"),
  "baton.ts": imports("./store/connect.ts"),
  "cli/main.ts": `${imports("../baton.ts")}console.log("x");\n`,
  "testing/suite.ts": 'export type { A } from "../memory/layer.ts";\nexport { a } from "../core/ids.ts";\n',
  "memory/layer.ts": 'export type { A } from "../core/ids.ts";\n',
  "tests/core/a.test.ts": `${imports("batonjs")}${"void 1;\n".repeat(300)}`,
};

let problems: readonly string[] = [];

// All at once: the linter's start costs more than its work.
beforeAll(async () => {
  const refused = REFUSED.map(([, path, text]) => [path, text] as const);
  problems = await lint(Object.fromEntries([...refused, ...Object.entries(ALLOWED)]));
});

test.each(REFUSED)("lint refuses when %s", (_, path, _text, rule) => {
  const own = problems.filter((problem) => problem.startsWith(`${path}:`));
  expect(own).toEqual([expect.stringContaining(rule)]);
});

test.each(Object.keys(ALLOWED))("lint has nothing against %s", (path) => {
  expect(problems.filter((problem) => problem.startsWith(`${path}:`))).toEqual([]);
});

/** Runs the project's own rules on `files` in an empty repository; returns one line per problem. */
async function lint(files: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "baton-lint-"));
  try {
    for (const file of [".oxlintrc.json", "tsconfig.json"]) await cp(join(REPOSITORY, file), join(folder, file));
    await symlink(join(REPOSITORY, "node_modules"), join(folder, "node_modules"), "junction");
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    const oxlint = join(REPOSITORY, "node_modules/oxlint/bin/oxlint");
    const { stdout, stderr } = spawnSync(process.execPath, [oxlint, "--format", "unix"], {
      cwd: folder,
      encoding: "utf8",
    });
    return `${stdout}${stderr}`.split("\n").filter((line) => line.trim() !== "");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
