import { BatonError } from "../../core/errors.ts";
import { differenceOf, type RunDifference } from "../../runs/provenance/run-difference.ts";
import type { Run } from "../../runs/run.ts";
import type { Output } from "../output.ts";
import { oneLine } from "../plain-text.ts";
import type { Configure } from "../session.ts";
import { storedRun, withStoredRun } from "../stored-run.ts";
import { shorten } from "../why-text.ts";

export const configure: Configure = (command, session) => {
  command
    .argument("<runA>", "id of a run")
    .argument("<runB>", "id of the run to compare it with")
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", "\nExample:\n  $ baton diff run_01K8Z0Q3 run_01K8Z1B7")
    .action(async (a: string, b: string) => {
      const { output } = session;
      const difference = await withStoredRun(
        a,
        async ({ store, run }) => await differenceOf(store, run, ofSameWorkflow(run, await storedRun(store, b))),
      );
      if (output.json) output.document(difference);
      else output.result(describe(difference, output));
    });
};

function ofSameWorkflow(run: Run, other: Run): Run {
  if (run.workflow === other.workflow) return other;
  throw new BatonError(
    "bad-usage",
    `Runs \`${run.id}\` and \`${other.id}\` are of different workflows: \`${run.workflow}\` and \`${other.workflow}\`.`,
    { hint: `Compare two runs of one workflow; list them with: baton runs --workflow ${run.workflow}` },
  );
}

function describe(
  { runs: [a, b], step, node, within = [], fields, reasons }: RunDifference,
  { paint }: Output,
): string {
  if (step === null) return `${a} and ${b} wrote the same.`;
  const place = node === null || node === "__start__" ? "in their input" : `in node ${oneLine(node, 60)}`;
  const outer = within.map((host) => `step ${host.step} in node ${oneLine(host.node, 60)}, there at `).join("");
  return [
    `${a} and ${b} went apart at ${outer}step ${step}, ${place}:`,
    ...fields.flatMap((field) => [
      `  ${paint.out("bold", oneLine(field.field, 60))}`,
      `    ${paint.out("red", `- ${shorten(field.a)}`)}`,
      `    ${paint.out("green", `+ ${shorten(field.b)}`)}`,
    ]),
    "Because of:",
    ...reasons.map(
      ({ kind, ...had }) =>
        `  ${SAID[kind]}${kind === "answer" || kind === "input" ? "" : `: ${shorten(had.a)} → ${shorten(had.b)}`}`,
    ),
  ].join("\n");
}

const SAID = {
  prompt: "another prompt",
  model: "another model",
  input: "another input",
  tool: "other results of tools",
  memory: "other items from memory",
  "by hand": "a change by hand or by a migration",
  "other nodes": "other nodes",
  answer: "nothing that was recorded: the model or the function answered otherwise, or read another value",
} as const;
