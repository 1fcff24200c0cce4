import { execFile } from "node:child_process";
import { chmod, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { expect, test } from "vitest";

import { makeProject, type Project, REPOSITORY } from "./project.ts";

const STAMP = "node_modules/.package-lock.json";
const SAYS = "node_modules/says";

/** A project whose package `asks` imports `says`, which has two versions of itself, and a package that names no format. */
async function makePackages(): Promise<Project> {
  return await makeProject({
    "main.mjs": [
      `import { enableCompileCache } from "node:module";`,
      `import { keepResolved } from ${JSON.stringify(pathToFileURL(join(REPOSITORY, "dist/cli/resolution-cache.js")).href)};`,
      `enableCompileCache(process.env.CACHE);`,
      `keepResolved();`,
      `console.log((await import("asks")).word);`,
    ].join("\n"),
    "node_modules/asks/package.json": '{"name":"asks","type":"module","exports":"./index.js"}',
    "node_modules/asks/index.js": 'import "old"; export { word } from "says";',
    "node_modules/old/package.json": '{"name":"old"}',
    "node_modules/old/index.js": 'require("./part");',
    "node_modules/old/part.js": "module.exports = 1;",
    [`${SAYS}/package.json`]: exportsOf("one"),
    [`${SAYS}/one.js`]: 'export const word = "one";',
    [`${SAYS}/two.js`]: 'export const word = "two";',
    [STAMP]: "{}",
  });
}

function exportsOf(file: string): string {
  return JSON.stringify({ name: "says", type: "module", exports: `./${file}.js` });
}

async function word({ folder }: Project, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ["main.mjs"], {
    cwd: folder,
    env: { ...process.env, CACHE: join(folder, "cache"), ...env },
  });
  return stdout.trim();
}

test("remembers where imports between packages lead until the installer has been there", async () => {
  const project = await makePackages();
  expect(await word(project)).toBe("one");
  await writeFile(join(project.folder, SAYS, "package.json"), exportsOf("two"));
  expect(await word(project)).toBe("one");

  await utimes(join(project.folder, STAMP), new Date(), new Date(Date.now() + 5_000));

  expect(await word(project)).toBe("two");
});

test("finds a file anew that is no longer where it was", async () => {
  const project = await makePackages();
  await word(project);
  await writeFile(join(project.folder, SAYS, "package.json"), exportsOf("two"));
  await rm(join(project.folder, SAYS, "one.js"));
  expect(await word(project)).toBe("two");
});

test.runIf(process.platform !== "win32")("follows nothing kept that somebody else can write to", async () => {
  const project = await makePackages();
  await word(project);
  await writeFile(join(project.folder, SAYS, "package.json"), exportsOf("two"));
  const [kept = ""] = await keptIn(join(project.folder, "cache"));
  await chmod(kept, 0o666);
  expect(await word(project)).toBe("two");
});

test("goes on without what is kept when half of it is missing", async () => {
  const project = await makePackages();
  await word(project);
  const [kept = ""] = await keptIn(join(project.folder, "cache"));
  await writeFile(kept, '{"stamps":');
  expect(await word(project)).toBe("one");
});

test("removes what was kept of packages that nobody has loaded for a month", async () => {
  const project = await makePackages();
  await word(project);
  const [kept = ""] = await keptIn(join(project.folder, "cache"));
  const [old, recent] = [`${kept}-old`, `${kept}-recent`];
  await Promise.all([old, recent].map(async (file) => await writeFile(file, "")));
  await utimes(old, new Date(), new Date(Date.now() - 31 * 24 * 3_600_000));
  await utimes(join(project.folder, STAMP), new Date(), new Date(Date.now() + 5_000));
  await word(project);
  expect((await keptIn(join(project.folder, "cache"))).toSorted()).toEqual([kept, recent]);
});

test("remembers nothing where compiled code is not kept, nor where no installer left its mark", async () => {
  const project = await makePackages();
  await word(project, { NODE_DISABLE_COMPILE_CACHE: "1" });
  await rm(join(project.folder, STAMP));
  await word(project);
  await writeFile(join(project.folder, SAYS, "package.json"), exportsOf("two"));
  expect(await word(project)).toBe("two");
});

async function keptIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries.filter((entry) => entry.includes("resolved-")).map((entry) => join(folder, entry));
}
