import { BatonError } from "../../core/errors.ts";
import type { ChangedRun, RunsCheck } from "../../runs/check-runs.ts";
import { counted } from "../counted.ts";
import { openBaton } from "../open-baton.ts";
import type { Output } from "../output.ts";
import { oneLine } from "../plain-text.ts";
import type { Configure } from "../session.ts";

export const configure: Configure = (command, session) => {
  command
    .option("--runs", "say which stored runs cannot go on under the workflows of this version")
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", HELP)
    .action(async ({ runs }: { readonly runs?: boolean }) => {
      session.exitCode = await check(runs === true, session.output);
    });
};

const HELP = `
Nothing is executed and nothing changes. The exit code is 1 when a run would be broken, so that a deploy can stop there.

Example:
  $ baton check --runs`;

async function check(runs: boolean, output: Output): Promise<number> {
  if (!runs) {
    throw new BatonError("bad-usage", "Nothing to check was named.", { hint: "Use: baton check --runs" });
  }
  await using baton = await openBaton();
  const found = await baton.check();
  if (output.json) output.document(found);
  else print(found, output);
  return found.broken.length === 0 ? 0 : 1;
}

function print({ checked, broken, migratable }: RunsCheck, output: Output): void {
  output.result(`This version breaks ${broken.length} of ${counted(checked, "unfinished run")}.`);
  for (const run of broken) output.result(lines(run));
  if (broken.length > 0) {
    output.note(
      "Ways out: finish them on the version they began on, add a migration, or fork them (baton fork <run> --step <n>).",
    );
  }
  if (migratable.length === 0) return;
  output.result(`${migratable.length} more go on with their migrations: baton resume <run> --migrate`);
  for (const run of migratable) output.result(lines(run));
}

function lines({ runId, workflow, status, reasons }: ChangedRun): string {
  return [`  ${runId}  ${workflow}  ${status}`, ...reasons.map((reason) => `    - ${oneLine(reason, 300)}`)].join("\n");
}
