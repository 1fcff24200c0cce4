import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

import { expect, test } from "vitest";

const BIN = resolve(import.meta.dirname, "../../dist/cli/bin.js");

// A newer Node that calls itself old shows the sentence; an old one on this machine also that it can read the file.
const PRETEND = 'Object.defineProperty(process,"versions",{value:{...process.versions,node:"22.17.9"}})';
const OLD_NODES = [
  {
    version: "22.17.9",
    command: process.execPath,
    options: ["--import", `data:text/javascript,${encodeURIComponent(PRETEND)}`],
  },
  ...installedNodes().map((command) => ({ version: versionOf(command), command, options: [] })),
].filter(({ version }) => isOld(version));

test.each(OLD_NODES)("Node $version gets one sentence and exit code 78", ({ version, command, options }) => {
  const { status, stdout, stderr } = spawnSync(command, [...options, BIN, "runs"], { encoding: "utf8" });
  expect({ status, stdout, stderr }).toEqual({
    status: 78,
    stdout: "",
    stderr: `baton needs Node.js >= 22.18 (this is ${version})\n`,
  });
});

test("the Node of this project is let through", () => {
  const { status, stderr } = spawnSync(process.execPath, [BIN, "--version"], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

function installedNodes(): string[] {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  return [...new Set(folders.map((folder) => join(folder, "node")))].filter((file) => existsSync(file));
}

function versionOf(command: string): string {
  return spawnSync(command, ["--print", "process.versions.node"], { encoding: "utf8" }).stdout.trim();
}

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < 22 || (major === 22 && minor < 18);
}
