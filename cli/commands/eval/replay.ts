import type { Command } from "commander";

import { withPromptChoice, type PromptChoiceFlags } from "../../prompt-flag.ts";
import { wholeNumber } from "../../number-argument.ts";
import type { Session } from "../../session.ts";

interface Flags extends PromptChoiceFlags {
  readonly from: number;
  readonly suite?: string;
  readonly times: number;
}

const HELP = `
Forks the run at the checkpoint before a step, so that nothing before it is asked again, and scores both ends with the suites of its workflow. A
score that fell gives exit code 1. One run is one case: whether a change is worse in general, a suite says.

Examples:
  $ baton eval replay run_01K8Z0Q3 --from 14 --prompt writer=@fix
  $ baton eval replay run_01K8Z0Q3 --from 14 --prompt writer --times 5`;

export function configure(command: Command, session: Session): void {
  withPromptChoice(command)
    .argument("<run>", "id of the run; it stays as it is")
    .requiredOption("--from <step>", "the step that runs first", wholeNumber)
    .option("--suite <name>", "whose scorers are used (default: all suites of its workflow)")
    .option("--times <n>", "so many forks", wholeNumber, 1)
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", HELP)
    .action(async (run: string, flags: Flags) => {
      const { replayRun } = await import("../../evals/replay-run.ts");
      session.exitCode = await replayRun(run, flags, session.output);
    });
}
