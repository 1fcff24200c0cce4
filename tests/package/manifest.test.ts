import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { expect, test } from "vitest";
import { z } from "zod";

const REPOSITORY = resolve(import.meta.dirname, "../..");
const Versions = z.record(z.string(), z.string()).default({});
const Manifest = z.object({
  scripts: Versions,
  dependencies: Versions,
  devDependencies: Versions,
  optionalDependencies: Versions,
  bin: Versions,
  exports: z.record(z.string(), z.union([z.string(), Versions])),
});
const Lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      dev: z.boolean().default(false),
      hasInstallScript: z.boolean().default(false),
      resolved: z.string().optional(),
    }),
  ),
});

const manifest = Manifest.parse(readJson("package.json"));
const lockfile = Lockfile.parse(readJson("package-lock.json"));

test("S25: every dependency is pinned to one exact version", () => {
  const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  const loose = Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
  expect(loose).toEqual([]);
});

test("S25: nothing is run on a consumer's machine when the package is installed", () => {
  expect(Object.keys(manifest.scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([]);
  const shipped = Object.entries(lockfile.packages).filter(([, { dev }]) => !dev);
  expect(shipped.length).toBeGreaterThan(Object.keys(manifest.dependencies).length);
  expect(shipped.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path)).toEqual([]);
});

test("S25: only the node binary of the developers runs a script when it is installed", () => {
  const scripted = Object.entries(lockfile.packages).filter(([, { hasInstallScript }]) => hasInstallScript);
  expect(scripted.map(([path]) => path)).toEqual(["node_modules/node"]);
  expect(Object.keys(manifest.dependencies)).not.toContain("node");
});

test("the lockfile names no registry", () => {
  const named = Object.entries(lockfile.packages).filter(([, { resolved }]) => resolved?.startsWith("http"));
  expect(named).toEqual([]);
});

test("every export and program of the package has been built", () => {
  const targets = Object.values(manifest.exports).flatMap((target) =>
    typeof target === "string" ? [target] : Object.values(target),
  );
  const missing = [...targets, ...Object.values(manifest.bin)].filter((path) => !existsSync(join(REPOSITORY, path)));
  expect(missing).toEqual([]);
});

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(REPOSITORY, name), "utf8"));
}
