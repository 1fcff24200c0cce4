import { type Check, checksOf, failedCheck, folderCheck } from "../checks.ts";
import { loadConfig } from "../config-file.ts";
import { counted } from "../counted.ts";
import type { Output } from "../output.ts";
import { oneLine } from "../plain-text.ts";
import type { Configure } from "../session.ts";

export const configure: Configure = (command, session) => {
  command
    .option("--json", "print one JSON document on stdout")
    .addHelpText(
      "after",
      "\nIt really writes, reads and asks; its exit code is 0 or that of the worst problem.\n\nExample:\n  $ baton doctor",
    )
    .action(async () => {
      session.exitCode = await doctor(session.output);
    });
};

async function doctor(output: Output): Promise<number> {
  const checks = [nodeCheck(), ...(await projectChecks())];
  const exitCode = worst(checks);
  if (output.json) output.document({ ok: exitCode === 0, checks });
  else for (const check of checks) output.result(line(check, output));
  if (exitCode !== 0)
    output.note(`\n${checks.filter(({ ok }) => !ok).length} of ${counted(checks.length, "check")} failed.`);
  return exitCode;
}

/** A Node that is too old never comes this far: the bin refuses it. */
function nodeCheck(): Check {
  return {
    name: "node",
    implementation: process.version,
    why: process.execPath,
    ok: true,
    detail: "22.18 or newer",
    exitCode: 0,
  };
}

async function projectChecks(): Promise<readonly Check[]> {
  try {
    const { config, folder, file } = await loadConfig(process.cwd());
    const found: Check = {
      name: "config",
      implementation: file,
      why: "nearest upwards",
      ok: true,
      detail: counted(config.workflows.length, "workflow"),
      exitCode: 0,
    };
    const writable = await folderCheck(folder);
    const { createBaton } = await import("../../baton.ts");
    try {
      await using baton = await createBaton(config, { folder });
      return [found, writable, ...(await checksOf(baton))];
    } catch (error) {
      return [
        found,
        writable,
        failedCheck({ name: "opening", implementation: folder, why: "what the config asks for" }, error),
      ];
    }
  } catch (error) {
    return [failedCheck({ name: "config", implementation: process.cwd(), why: "searched upwards from here" }, error)];
  }
}

/** From what must be mended first to what may pass by itself. */
const BY_WEIGHT = [78, 70, 69, 75, 64, 1] as const;

function worst(checks: readonly Check[]): number {
  return BY_WEIGHT.find((code) => checks.some(({ exitCode }) => exitCode === code)) ?? 0;
}

const NAME_WIDTH = 15;

function line({ name, implementation, why, ok, detail, hint, code }: Check, { paint }: Output): string {
  const mark = ok ? paint.out("green", "ok  ") : paint.out("red", "FAIL");
  const offline = name === "model" && implementation === "offline" ? " (no language model)" : "";
  const head = `${mark} ${name.padEnd(NAME_WIDTH)} ${oneLine(implementation)}${offline} ${paint.out("dim", `(${oneLine(why)})`)}`;
  const indent = " ".repeat(NAME_WIDTH + 6);
  const told = ok
    ? paint.out("dim", oneLine(detail))
    : `${oneLine(detail, 500)}${code === undefined ? "" : ` (${code})`}`;
  return [head, `${indent}${told}`, ...(hint === undefined ? [] : [`${indent}${oneLine(hint, 500)}`])].join("\n");
}
