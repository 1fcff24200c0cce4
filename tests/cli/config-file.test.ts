import { expect, test } from "vitest";

import { makeProject } from "./project.ts";

const EMPTY = "export default { workflows: [] };";

test.each([
  [
    "an enum",
    { "baton.config.ts": "const a = 1;\n\nenum Colour { red }\nexport default a;" },
    /baton\.config\.ts:3: TypeScript enum cannot be loaded/u,
  ],
  [
    "a namespace in an imported file",
    { "baton.config.ts": `import "./a.ts"; ${EMPTY}`, "a.ts": "namespace N { export const x = 1 }" },
    /a\.ts:1: TypeScript namespace/u,
  ],
  ["a syntax error", { "baton.config.ts": "const a = 1;\nconst b = ;\n" }, /baton\.config\.ts:2: Expression expected/u],
  ["a syntax error in JavaScript", { "baton.config.js": "const b = ;\n" }, /baton\.config\.js: Unexpected token/u],
  [
    "an import without its ending",
    { "baton.config.ts": `import "./agents/foo"; ${EMPTY}`, "agents/foo.ts": "" },
    /imports `agents\/foo` without its file ending\. .*\n +Node needs the whole name: write `agents\/foo\.ts`/u,
  ],
  [
    "an import of a missing file",
    { "baton.config.ts": `import "./agents/foo.ts"; ${EMPTY}` },
    /imports `agents\/foo\.ts`, which does not exist/u,
  ],
  [
    "a package that is not installed",
    { "baton.config.ts": `import "nothere"; ${EMPTY}` },
    /imports the package `nothere`, which is not installed\. .*\n +Install it with: npm install nothere/u,
  ],
  [
    "an import of a name that is not there",
    { "baton.config.ts": `import { y } from "./a.ts"; ${EMPTY} y;`, "a.ts": "export const x = 1;" },
    /baton\.config\.ts:1: .*does not provide an export named `y`/u,
  ],
  [
    "a package of type commonjs",
    { "package.json": '{"type":"commonjs"}', "baton.config.ts": `import "node:fs"; ${EMPTY}` },
    /is loaded as CommonJS.*\n +Add "type": "module"/u,
  ],
  [
    "a throwing definition",
    {
      "baton.config.ts": `import "./a.ts"; ${EMPTY}`,
      "a.ts": 'function f(): void {\n  throw new TypeError("boom");\n}\nf();',
    },
    /a\.ts:2 threw TypeError while it was loaded: boom/u,
  ],
  ["a missing default export", { "baton.config.ts": "export const config = 1;" }, /has no default export/u],
  [
    "a default export without workflows",
    { "baton.config.ts": "export default {};" },
    /Expected `workflows` of `.*baton\.config\.ts` to be a list of workflows, got undefined\./u,
  ],
  [
    "an entry that is no workflow",
    { "baton.config.ts": "export default { workflows: [{}] };" },
    /Expected `workflows\[0\]` of .* to be what `workflow\(\{ id, graph \}\)` returns; .*, got another object\./u,
  ],
])("explains %s in one sentence", async (_name, files: Readonly<Record<string, string>>, error) => {
  const project = await makeProject(files);
  const { code, stdout, stderr } = await project.baton(["graph", "x"]);
  expect(stderr).toMatch(error);
  expect(stderr).toContain("(config-invalid)");
  expect([code, stdout]).toEqual([78, ""]);
  expect(stderr).not.toMatch(/\n\s+at |Warning/u);
});

test("keeps the code of a malformed definition and adds its place", async () => {
  const project = await makeProject({
    "baton.config.ts":
      'import { workflow } from "batonjs";\n\nexport default workflow({ id: "No Good", graph: {} as never });',
  });
  const { code, stderr } = await project.baton(["graph", "x"]);
  expect(code).toBe(78);
  expect(stderr).toContain("got `No Good`. (baton.config.ts:3) (workflow-invalid)");
});

test("loads a config without a package type and without a warning", async () => {
  const project = await makeProject({ "package.json": "{}", "baton.config.ts": "export default { workflows: [] };" });
  const { code, stderr } = await project.baton(["graph", "x"]);
  expect([code, stderr]).toEqual([
    64,
    "error: There is no workflow `x`. (unknown-workflow)\n       Add workflows to your baton.config.ts.\n",
  ]);
});

test.each(["baton.config.ts", "baton.config.mts", "baton.config.js", "baton.config.mjs"])(
  "finds %s in a folder above",
  async (file) => {
    const project = await makeProject({ [file]: EMPTY, "below/deeper/file.txt": "" });
    const { stderr } = await project.baton(["--help"]);
    expect(stderr).toBe("");
    const { findConfigFile } = await import("../../cli/config-file.ts");
    expect(findConfigFile(`${project.folder}/below/deeper`).folder).toBe(project.folder);
  },
);
