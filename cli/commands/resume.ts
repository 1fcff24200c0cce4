import { parseRunId } from "../../core/ids.ts";
import { type BudgetFlags, givenBudget, withBudget } from "../budget-flags.ts";
import { followRun, runHeader, seamsOf } from "../follow-run.ts";
import { readJsonArgument } from "../json-argument.ts";
import { openBaton } from "../open-baton.ts";
import type { Output } from "../output.ts";
import { chosenPrompts, type PromptChoiceFlags, withPromptChoice } from "../prompt-flag.ts";
import { runSignals } from "../run-signals.ts";
import type { Configure } from "../session.ts";

interface ResumeFlags extends PromptChoiceFlags, BudgetFlags {
  readonly answer?: string;
  readonly interrupt?: string;
  readonly force?: boolean;
  readonly migrate?: boolean;
  readonly by?: string;
  readonly reason?: string;
}

export const configure: Configure = (command, session) => {
  withBudget(withPromptChoice(command))
    .argument("<run>", "id of the run")
    .option("--answer <json>", "answer to the question the run waits with: JSON, @file.json, or -")
    .option("--interrupt <id>", "which question is answered, where there are several")
    .option("--force", "also resume a dead run")
    .option("--migrate", "apply the migrations that lead from the run's version of the workflow to this one")
    .option("--by <who>", "who answers or resumes; kept with the run")
    .option("--reason <text>", "why; kept with the run")
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", EXAMPLES)
    .action(async (run: string, flags: ResumeFlags) => {
      session.exitCode = await resume(run, flags, session.output);
    });
};

const EXAMPLES = `
Examples:
  $ baton resume run_01K8Z0Q3
  $ baton resume run_01K8Z0Q3 --answer '{"approved":true}' --by ada
  $ baton resume run_01K8Z0Q3 --budget-tokens 400000 --by ada
  $ baton resume run_01K8Z0Q3 --migrate
  $ baton resume run_01K8Z0Q3 --prompt brief/write=@fix --by ada --reason "too long"`;

async function resume(run: string, flags: ResumeFlags, output: Output): Promise<number> {
  const id = parseRunId(run);
  const chosen = chosenPrompts(flags);
  const answer = flags.answer === undefined ? undefined : await readJsonArgument("--answer", flags.answer);
  await using baton = await openBaton();
  using signals = runSignals(output);
  const before = await baton.run(id);
  const handle = await baton.resume(id, {
    ...chosen,
    ...givenBudget(flags),
    ...(answer === undefined ? {} : { answer }),
    ...(flags.interrupt === undefined ? {} : { interrupt: flags.interrupt }),
    ...(flags.force === undefined ? {} : { force: flags.force }),
    ...(flags.migrate === undefined ? {} : { migrate: flags.migrate }),
    ...(flags.by === undefined ? {} : { by: flags.by }),
    ...(flags.reason === undefined ? {} : { reason: flags.reason }),
    signal: signals.signal,
    drain: signals.drain,
  });
  if (before.status === "completed") output.note(`Run ${id} was completed before: this is its stored result.`);
  const stored = await baton.run(handle.id);
  output.note(output.paint.err("dim", runHeader(handle.id, stored.workflow, seamsOf(stored, baton))));
  return await followRun(handle, { baton, output, signal: signals.signal });
}
