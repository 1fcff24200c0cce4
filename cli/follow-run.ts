import { sep } from "node:path";

import type { StoredEvent } from "../core/events.ts";
import type { Baton } from "../baton.ts";
import type { RunOutcome } from "../runs/history.ts";
import type { Run } from "../runs/run.ts";
import type { RunHandle } from "../runs/run-handle.ts";
import { answerHint } from "./answer-hint.ts";
import { exitCodeOf } from "./exit-code.ts";
import { INTERRUPTED } from "./interrupt-signal.ts";
import type { Output } from "./output.ts";
import { oneLine } from "./plain-text.ts";
import { createProgress, type Progress } from "./progress.ts";
import { printError } from "./report-error.ts";
import { resultText } from "./run-result.ts";

export interface Followed {
  readonly baton: Baton;
  readonly output: Output;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Shows a run while it runs and what it came to; returns the exit code that goes with its status. */
export async function followRun(handle: RunHandle, { baton, output, signal }: Followed): Promise<number> {
  const progress = await createProgress(output);
  const result = handle.result();
  const shown = show(handle, progress);
  try {
    // A store that has gone away shows no events; what became of the run is told all the same.
    await Promise.race([shown.catch(async () => void (await result)), result.then(async () => await shown)]);
  } finally {
    progress.end();
  }
  const outcome = await result;
  if (output.json) output.document(outcome);
  else printOutcome(outcome, { output, events: await baton.events(handle.id) });
  printNextMove(outcome, output);
  return signal.aborted && outcome.status === "parked" ? INTERRUPTED : exitCodeOf(outcome.status);
}

async function show(handle: RunHandle, progress: Progress): Promise<void> {
  for await (const event of handle.events()) progress.see(event);
}

/** The seams of a stored run: its model is the one it was started on. */
export function seamsOf({ pins }: Run, { seams }: Pick<Baton, "seams">): Pick<Baton, "seams"> {
  const { ref } = pins.model;
  if (ref === seams.model.implementation) return { seams };
  return { seams: { ...seams, model: { implementation: ref, why: "pinned when the run was started" } } };
}

/** One line that names the run and what it runs on; a model that is none is named as such. */
export function runHeader(id: string, workflow: string, baton: Pick<Baton, "seams">): string {
  const { model, store, prompts } = baton.seams;
  const name = model.implementation === "offline" ? "offline (no language model)" : model.implementation;
  const place = store.implementation.replaceAll(`${process.cwd()}${sep}`, "");
  const from = prompts.isNoteworthy !== true ? "" : ` · prompts: ${prompts.implementation}, ${prompts.why}`;
  return `${workflow} ${id} · model: ${name}, ${model.why} · store: ${place}, ${store.why}${from}`;
}

function printOutcome(
  outcome: RunOutcome,
  { output, events }: { readonly output: Output; readonly events: readonly StoredEvent[] },
): void {
  if (outcome.status !== "completed") return;
  output.note("");
  output.result(resultText(outcome.state, events));
}

function printNextMove(outcome: RunOutcome, output: Output): void {
  const { runId, status, error, interrupts } = outcome;
  switch (status) {
    case "completed":
    case "cancelled":
      return;
    case "failed":
    case "dead":
      if (error !== undefined) printError({ ...error, message: failureSentence(outcome, error.message) }, output);
      output.note(`Resume with: baton resume ${runId}${status === "dead" ? " --force" : ""}`);
      return;
    case "interrupted":
      for (const { id, value } of interrupts ?? []) {
        output.note(`The run waits for an answer to: ${oneLine(JSON.stringify(value), 500)}`);
        output.note(answerHint({ run: runId, id, value }));
      }
      return;
    case "parked":
      output.note(`The run is parked and loses nothing${whyParked(outcome)}`);
      output.note(`Resume with: baton resume ${runId}`);
      return;
    case "queued":
      output.note(`The run is queued and loses nothing. Go on with it: baton resume ${runId}`);
      return;
    case "running":
      output.note(`The run is running. Look at it with: baton show ${runId}`);
      return;
    default:
      status satisfies never;
  }
}

function whyParked({ reason, nextAt }: RunOutcome): string {
  const why = reason === undefined ? "." : `: ${oneLine(reason, 500).replace(/\.$/u, "")}.`;
  return nextAt === undefined ? why : `${why} It may go on at ${new Date(nextAt).toISOString()}.`;
}

/** Where a run failed and why; the place is missing when it failed outside a task. */
function failureSentence({ runId, steps }: RunOutcome, message: string): string {
  const failed = steps.findLast(({ outcome }) => outcome === "failed");
  const place = failed === undefined ? "" : ` at step ${failed.step} in node \`${failed.node}\``;
  return `Run \`${runId}\` failed${place}: ${message}`;
}
