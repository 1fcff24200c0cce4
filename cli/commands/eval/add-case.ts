import type { Command } from "commander";

import type { AddCaseFlags } from "../../evals/add-case.ts";
import { wholeNumber } from "../../number-argument.ts";
import { collect } from "../../repeated-flag.ts";
import type { Session } from "../../session.ts";

const HELP = `
The whole run becomes a case of its workflow; with --from-step, what the agents of that step were given becomes cases of theirs, with what their
memory recalled. Keys and tokens are taken out; look through the case before you commit it.

Examples:
  $ baton eval add-case --run run_01K8Z0Q3
  $ baton eval add-case --run run_01K8Z0Q3 --from-step 4 --as-expected
  $ baton eval add-case --run run_01K8Z0Q3 --from-step 4 --expected '{"verdict":"revise"}' --redact input.email`;

export function configure(command: Command, session: Session): void {
  command
    .requiredOption("--run <id>", "the run")
    .option("--from-step <n>", "the step whose agents' input is taken", wholeNumber)
    .option("--suite <name>", "the suite that gets the case (default: the one with this target)")
    .option("--id <id>", "the case's id")
    .option("--expected <json>", "the right answer: JSON or @file.json")
    .option("--as-expected", "what the run answered is right")
    .option("--redact <path>", "also take out what stands there, such as input.email; may be repeated", collect)
    .option("--dry-run", "print the cases and write nothing")
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", HELP)
    .action(async (flags: AddCaseFlags) => {
      const { addCase } = await import("../../evals/add-case.ts");
      session.exitCode = await addCase(flags, session.output);
    });
}
