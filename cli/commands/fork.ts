import { InvalidArgumentError } from "commander";

import { BatonError } from "../../core/errors.ts";
import { parseRunId } from "../../core/ids.ts";
import type { ForkOptions } from "../../runs/desk.ts";
import { followRun, runHeader, seamsOf } from "../follow-run.ts";
import { readJsonArgument } from "../json-argument.ts";
import { openBaton } from "../open-baton.ts";
import type { Output } from "../output.ts";
import { chosenPrompts, type PromptChoiceFlags, withPromptChoice } from "../prompt-flag.ts";
import { collect } from "../repeated-flag.ts";
import { runSignals } from "../run-signals.ts";
import type { Configure } from "../session.ts";

interface ForkFlags extends PromptChoiceFlags {
  readonly step: number;
  readonly set?: readonly string[];
  readonly runId?: string;
  readonly start: boolean;
  readonly by?: string;
  readonly reason?: string;
}

export const configure: Configure = (command, session) => {
  withPromptChoice(command)
    .argument("<run>", "id of the run to fork; it stays as it is")
    .requiredOption(
      "--step <n>",
      "the step that runs first in the fork: it begins from the checkpoint before it",
      parseStep,
    )
    .option("--set <field=json>", "a new value for a field: JSON or @file.json; may be repeated", collect)
    .option("--run-id <id>", "id of the new run")
    .option("--no-start", "leave the new run queued")
    .option("--by <who>", "who forks; kept with the fork")
    .option("--reason <text>", "why; kept with the fork")
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", EXAMPLES)
    .action(async (run: string, flags: ForkFlags) => {
      session.exitCode = await fork(run, flags, session.output);
    });
};

const EXAMPLES = `
Examples:
  $ baton fork run_01K8Z0Q3 --step 4
  $ baton fork run_01K8Z0Q3 --step 4 --set 'verdict="revise"' --by ada --reason 'the critic missed a claim'
  $ baton fork run_01K8Z0Q3 --step 4 --prompt brief/write=@v2`;

function parseStep(text: string): number {
  if (/^\d{1,9}$/u.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected the number of a step, as `baton show <run>` lists them.");
}

async function fork(text: string, flags: ForkFlags, output: Output): Promise<number> {
  const id = parseRunId(text);
  const options = await forkOptions(flags);
  await using baton = await openBaton();
  using signals = runSignals(output);
  const handle = await baton.fork(id, { ...options, signal: signals.signal, drain: signals.drain });
  const stored = await baton.run(handle.id);
  output.note(
    output.paint.err(
      "dim",
      `${runHeader(handle.id, stored.workflow, seamsOf(stored, baton))} · forked from ${id} before step ${flags.step}`,
    ),
  );
  if (flags.start) return await followRun(handle, { baton, output, signal: signals.signal });
  if (output.json) output.document(await handle.result());
  output.note(`The run is queued. Start it with: baton resume ${handle.id}`);
  return 0;
}

async function forkOptions({ step, set, prompt = [], runId, start, by, reason }: ForkFlags): Promise<ForkOptions> {
  return {
    step,
    start,
    set: Object.fromEntries(await Promise.all((set ?? []).map(readField))),
    ...chosenPrompts({ prompt }),
    ...(runId === undefined ? {} : { runId: parseRunId(runId) }),
    ...(by === undefined ? {} : { by }),
    ...(reason === undefined ? {} : { reason }),
  };
}

async function readField(text: string): Promise<readonly [string, unknown]> {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), await readJsonArgument(`--set ${text.slice(0, at)}=`, text.slice(at + 1))];
  throw new BatonError("bad-usage", `Expected \`--set\` to be a field and its value, got \`${text.slice(0, 80)}\`.`, {
    hint: `Write --set 'verdict="revise"' or --set facts=@facts.json`,
  });
}
