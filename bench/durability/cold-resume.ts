import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { median } from "./meter.ts";

const REPOSITORY = resolve(import.meta.dirname, "../..");
const ROUNDS = 7;

export interface ColdResume {
  /** From the start of the process to the first node that runs again: a run of twenty steps that failed in step 14. */
  readonly resumeMs: number;
  /** A process that imports LangGraph and ends, in turns with the others: what no resume of a graph can do without. */
  readonly importMs: number;
}

export function coldResume(url: string): ColdResume {
  const folder = mkdtempSync(join(tmpdir(), "baton-bench-"));
  const ledger = join(folder, "ledger.txt");
  cpSync(join(REPOSITORY, "tests/fixtures/twenty-steps"), folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "bench", type: "module", private: true }));
  // The time of each entry, without changing the app itself.
  writeFileSync(
    join(folder, "ledger.ts"),
    `import { appendFileSync } from "node:fs";
export function note(entry: string): void {
  appendFileSync(${JSON.stringify(ledger)}, JSON.stringify({ entry, at: performance.timeOrigin + performance.now() }) + "\\n");
}
`,
  );
  mkdirSync(join(folder, "node_modules"));
  for (const [name, target] of [
    ["batonjs", REPOSITORY],
    ["@langchain", join(REPOSITORY, "node_modules/@langchain")],
    ["zod", join(REPOSITORY, "node_modules/zod")],
  ] as const)
    symlinkSync(target, join(folder, "node_modules", name), "junction");
  try {
    const rounds = Array.from({ length: ROUNDS }, (_, round) => {
      const id = `resume-${round}`;
      baton(["run", "twenty-steps", "--run-id", id, "--input", "{}"], { STEP_14: "throw" }, 1);
      writeFileSync(ledger, "");
      const startedAt = performance.timeOrigin + performance.now();
      baton(["resume", id], {}, 0);
      const [first = ""] = readFileSync(ledger, "utf8").split("\n");
      // Written above.
      const resumeMs = (JSON.parse(first) as { readonly at: number }).at - startedAt;
      return { resumeMs, importMs: bareImportMs() };
    });
    return {
      resumeMs: median(rounds.map((one) => one.resumeMs)),
      importMs: median(rounds.map((one) => one.importMs)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }

  /** With the same kept code as the program, so that the two can be compared. */
  function bareImportMs(): number {
    const code = `import { enableCompileCache } from "node:module";
enableCompileCache(${JSON.stringify(join(folder, "compiled"))});
await import("@langchain/langgraph");
console.log(performance.timeOrigin + performance.now());`;
    const startedAt = performance.timeOrigin + performance.now();
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", code], {
      cwd: folder,
      encoding: "utf8",
    });
    return Number(stdout) - startedAt;
  }

  function baton(args: readonly string[], env: Readonly<Record<string, string>>, expected: number): void {
    const { status, stderr } = spawnSync(process.execPath, [join(REPOSITORY, "dist/cli/bin.js"), ...args], {
      cwd: folder,
      env: { ...process.env, DATABASE_URL: url, ...env },
      encoding: "utf8",
    });
    if (status !== expected) throw new Error(`\`baton ${args.join(" ")}\` ended with ${status}: ${stderr}`);
  }
}
