import { parseRunId } from "../../core/ids.ts";
import { followRun, runHeader } from "../follow-run.ts";
import { interruptSignal } from "../interrupt-signal.ts";
import { readJsonArgument } from "../json-argument.ts";
import { openBaton } from "../open-baton.ts";
import type { Output } from "../output.ts";
import type { Configure } from "../session.ts";

interface ResumeFlags {
  readonly answer?: string;
  readonly interrupt?: string;
}

export const configure: Configure = (command, session) => {
  command
    .argument("<run>", "id of the run")
    .option("--answer <json>", "answer to the question the run waits with: JSON, @file.json, or -")
    .option("--interrupt <id>", "which question is answered, where there are several")
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", EXAMPLES)
    .action(async (run: string, flags: ResumeFlags) => {
      session.exitCode = await resume(run, flags, session.output);
    });
};

const EXAMPLES = `
Examples:
  $ baton resume run_01K8Z0Q3
  $ baton resume run_01K8Z0Q3 --answer '{"approved":true}'`;

async function resume(run: string, flags: ResumeFlags, output: Output): Promise<number> {
  const id = parseRunId(run);
  const answer = flags.answer === undefined ? undefined : await readJsonArgument("--answer", flags.answer);
  await using baton = await openBaton();
  using interrupt = interruptSignal(() => output.note("Stopping after the current write; once more ends at once."));
  const handle = await baton.resume(id, {
    ...(answer === undefined ? {} : { answer }),
    ...(flags.interrupt === undefined ? {} : { interrupt: flags.interrupt }),
    signal: interrupt.signal,
  });
  const { workflow } = await baton.run(handle.id);
  output.note(output.paint.err("dim", runHeader(handle.id, workflow, baton)));
  return await followRun(handle, { baton, output, signal: interrupt.signal });
}
