import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach } from "vitest";

import { copyTemplate } from "../support/folder-template.ts";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export type FileTexts = Readonly<Record<string, string | Uint8Array>>;

/** Makes a temporary folder with these files; it is gone after the test. */
export function folderOf(files: FileTexts): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "baton-prompts-")));
  folders.push(folder);
  writeFiles(folder, files);
  return folder;
}

export function writeFiles(folder: string, files: FileTexts): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Runs Git in a folder as a user with fixed settings would. */
export function git(folder: string, ...args: readonly string[]): string {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_")));
  return execFileSync("git", [...identity, "-C", folder, ...args], {
    encoding: "utf8",
    env: { ...env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
}

/** Makes a folder that is a Git repository with these files committed. */
export function repositoryOf(files: FileTexts, ...initOptions: readonly string[]): string {
  return copiedFolder(`repository ${JSON.stringify([files, initOptions])}`, (template) => {
    writeFiles(template, files);
    git(template, "init", "--template=", ...initOptions);
    git(template, "add", "-A");
    git(template, "commit", "-m", "Begin");
  });
}

/** A temporary folder as `make` once made one under this key; it is gone after the test. */
export function copiedFolder(key: string, make: (template: string) => void): string {
  const folder = folderOf({});
  copyTemplate(key, folder, make);
  return folder;
}

/** Writes files into a repository and commits all that is there. */
export function commit(folder: string, files: FileTexts, title: string): void {
  writeFiles(folder, files);
  git(folder, "add", "-A");
  git(folder, "commit", "-m", title);
}
