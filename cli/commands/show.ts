import { BatonError } from "../../core/errors.ts";
import { systemClock } from "../../core/clock.ts";
import { followRun } from "../../runs/follow.ts";
import { changesOfStep } from "../../runs/provenance/step-changes.ts";
import { findConfigFile } from "../config-file.ts";
import { exitCodeOf } from "../exit-code.ts";
import { wholeNumber } from "../number-argument.ts";
import type { Output } from "../output.ts";
import { createProgress } from "../progress.ts";
import { changedSince } from "../prompt-now.ts";
import { describeRun } from "../run-description.ts";
import { runDocument } from "../run-document.ts";
import type { Configure } from "../session.ts";
import { describeChanges } from "../step-description.ts";
import { type StoredRun, storedRun, withStoredRun } from "../stored-run.ts";

interface ShowFlags {
  readonly step?: number;
  readonly follow?: boolean;
  readonly after?: number;
}

const HELP = `
Examples:
  $ baton show run_01K8Z0Q3
  $ baton show run_01K8Z0Q3 --step 3
  $ baton show run_01K8Z0Q3 --follow`;

export const configure: Configure = (command, session) => {
  command
    .argument("<run>", "id of the run")
    .option("--step <n>", "what this step changed in the state, and by whom", wholeNumber)
    .option("--follow", "show the run live, whichever process works it, until it comes to rest")
    .option("--after <seq>", "with --follow: only events after this number", wholeNumber)
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", HELP)
    .action(async (id: string, flags: ShowFlags) => {
      if (flags.step !== undefined && flags.follow === true) throw oneOf();
      session.exitCode = await withStoredRun(id, async (stored) => {
        if (flags.step !== undefined) return await showStep(stored, flags.step, session.output);
        if (flags.follow === true) return await follow(stored, flags.after ?? 0, session.output);
        return await show(stored, session.output);
      });
    });
};

function oneOf(): BatonError {
  return new BatonError("bad-usage", "`--step` and `--follow` exclude each other.", { hint: "Use one of them." });
}

async function show({ store, run }: StoredRun, output: Output): Promise<number> {
  const events = await store.events.read(run.id, 0);
  const changed = await changedSince(run, findConfigFile(process.cwd()).folder);
  if (output.json) output.document(runDocument(run, { events, changed }));
  else output.result(describeRun(run, { events, changed }, output));
  return 0;
}

async function showStep({ store, run }: StoredRun, step: number, output: Output): Promise<number> {
  const changes = await changesOfStep(store, run, step);
  if (output.json) output.document({ runId: run.id, step, changes });
  else output.result(describeChanges(changes, output));
  return 0;
}

/** The exit code is that of the status in which the run comes to rest. */
async function follow({ store, run }: StoredRun, after: number, output: Output): Promise<number> {
  const progress = await createProgress(output);
  const seen = [];
  try {
    for await (const event of followRun({ store, clock: systemClock }, run.id, { after })) {
      seen.push(event);
      progress.see(event);
    }
  } finally {
    progress.end();
  }
  const { status } = await storedRun(store, run.id);
  if (output.json) output.document({ runId: run.id, status, events: seen });
  else output.result(`${run.id} is ${status}.`);
  return exitCodeOf(status);
}
