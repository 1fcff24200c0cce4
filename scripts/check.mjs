// Runs every check and prints what each took. All are run, so that one call shows all that is wrong.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const packed = mkdtempSync(join(tmpdir(), "baton-check-"));
const failed = [];

try {
  run("types", "tsc -p .");
  run("lint", "oxlint");
  run("format", "oxfmt --check");
  if (
    run("build", "node scripts/build.mjs") &&
    run("pack", `npm pack --ignore-scripts --pack-destination "${packed}"`)
  ) {
    const tarball = join(packed, readdirSync(packed)[0]);
    run("package (publint)", `publint run "${tarball}" --strict`);
    run("package (attw)", `attw "${tarball}" --profile esm-only`);
  }
} finally {
  rmSync(packed, { recursive: true, force: true });
}
process.stdout.write(failed.length === 0 ? "All checks passed.\n" : `Failed: ${failed.join(", ")}.\n`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** Runs one command with the project's own tools on PATH; its output is shown when it fails. */
function run(name, command) {
  const begun = performance.now();
  const { status, stdout, stderr } = spawnSync(command, { cwd: root, shell: true, encoding: "utf8" });
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)\n`);
  if (status !== 0) {
    process.stdout.write(`${stdout}${stderr}`);
    failed.push(name);
  }
  return status === 0;
}
