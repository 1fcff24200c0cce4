import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect, test } from "vitest";

import { appName } from "../../cli/init-app.ts";
import { makeProject, type Project, REPOSITORY } from "./project.ts";

const run = promisify(execFile);
const WRITTEN = [
  ".gitignore",
  "README.md",
  "agents/hello.ts",
  "baton.config.ts",
  "evals/hello.test.ts",
  "package.json",
  "prompts/hello/read.prompt",
  "prompts/hello/write.prompt",
  "tsconfig.json",
];

test("writes an app that runs and whose test passes, from the packed package", async () => {
  const project = await unpacked();
  const bin = join(project.folder, "node_modules/batonjs/dist/cli/bin.js");
  const options = { cwd: project.folder, env: { PATH: process.env["PATH"] ?? "" } };
  const made = await run(process.execPath, [bin, "init", "my-app"], options);
  expect(made.stdout).toContain("Next: cd my-app && npm install && npx baton run hello");
  const app = { ...options, cwd: join(project.folder, "my-app") };
  // Node finds the packages of the folder above, where `npm install` would have put them beside.
  const ran = await run(process.execPath, [bin, "run", "hello"], app);
  expect(ran.stdout).toMatch(/baton/u);
  const tested = await run(process.execPath, ["--test", "evals/hello.test.ts"], app);
  expect(tested.stdout).toMatch(/pass 1\n/u);
}, 60_000);

/** The package as npm would publish it, unpacked into a project whose other packages are this repository's. */
async function unpacked(): Promise<Project> {
  const project = await makeProject();
  const { folder } = project;
  await run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { cwd: REPOSITORY });
  const tarball = (await readdir(folder)).find((file) => file.endsWith(".tgz")) ?? "";
  await run("tar", ["-xzf", tarball], { cwd: folder });
  await rename(join(folder, "node_modules"), join(folder, "linked"));
  await mkdir(join(folder, "node_modules"));
  for (const name of await readdir(join(REPOSITORY, "node_modules"))) {
    if (!name.startsWith("."))
      await symlink(join(REPOSITORY, "node_modules", name), join(folder, "node_modules", name), "junction");
  }
  await rename(join(folder, "package"), join(folder, "node_modules/batonjs"));
  return project;
}

test("writes exactly the files it names", async () => {
  const project = await makeProject();
  const { code, stdout } = await project.baton(["init", "Größe 2"]);
  expect(code).toBe(0);
  const files = await readdir(join(project.folder, "Größe 2"), { recursive: true, withFileTypes: true });
  expect(files.filter((entry) => entry.isFile())).toHaveLength(WRITTEN.length);
  expect(stdout.split("\n").flatMap((line) => (line.startsWith("  ") ? [line.trim()] : []))).toEqual(WRITTEN);
  expect(stdout).toContain('Next: cd "Größe 2" && npm install');
  const manifest = JSON.parse(await readFile(join(project.folder, "Größe 2/package.json"), "utf8"));
  expect(manifest).toMatchObject({ name: "gro-e-2", type: "module", private: true });
  expect(manifest.dependencies["@langchain/langgraph"]).toMatch(/^\d/u);
});

test.each([
  ["/x/My App", "my-app"],
  ["/x/.hidden", "hidden"],
  ["/x/日本", "my-baton-app"],
  ["/x/batonjs", "my-baton-app"],
])("names the app of folder %s %s", (folder, name) => {
  expect(appName(folder)).toBe(name);
});

test("refuses a folder that is not empty, names what is in the way and writes nothing", async () => {
  const project = await makeProject({ "app/agents/mine.ts": "", "app/notes.md": "" });
  const { code, stderr } = await project.baton(["init", "app"]);
  expect(code).toBe(64);
  expect(stderr).toMatch(/is not empty: `agents`, `notes\.md`\. \(init-folder-not-empty\)/u);
  expect((await readdir(join(project.folder, "app"))).toSorted()).toEqual(["agents", "notes.md"]);
});

test("accepts what `npm install` leaves in an empty folder", async () => {
  const project = await makeProject({
    "app/package-lock.json": "{}",
    "app/package.json": '{"dependencies":{"batonjs":"1.0.0"}}',
  });
  await mkdir(join(project.folder, "app/.git"));
  expect((await project.baton(["init", "."], { cwd: join(project.folder, "app") })).code).toBe(0);
  await writeFile(join(project.folder, "package.json"), '{"name":"mine","type":"module"}');
  expect((await project.baton(["init"])).code).toBe(64);
});

test("refuses a file in the place of the folder", async () => {
  const project = await makeProject({ app: "" });
  const { code, stderr } = await project.baton(["init", "app"]);
  expect(code).toBe(64);
  expect(stderr).toContain("is a file. (init-folder-not-empty)");
});
