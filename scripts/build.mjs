// Compiles the sources to `dist` and removes what an earlier build left there.
// Old files go last, so that a program that runs from `dist` meanwhile never misses one.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");

const written = compile();
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (entry.isFile() && !written.has(path)) rmSync(path, { force: true });
}
const bin = join(dist, "cli", "bin.js");
if (existsSync(bin)) chmodSync(bin, 0o755);

/** The absolute paths of everything the compiler wrote; a type error ends the build. */
function compile() {
  const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  const args = [tsc, "-p", join(root, "tsconfig.build.json"), "--listEmittedFiles"];
  try {
    const output = execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" });
    return new Set([...output.matchAll(/^TSFILE: (.+)$/gm)].map((match) => resolve(match[1].trim())));
  } catch (error) {
    process.stderr.write(String(error.stdout ?? error).replace(/^TSFILE: .+\n/gm, ""));
    process.exit(1);
  }
}
