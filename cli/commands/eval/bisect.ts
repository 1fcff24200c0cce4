import type { Command } from "commander";

import type { BisectFlags } from "../../evals/run-bisect.ts";
import { wholeNumber } from "../../number-argument.ts";
import type { Session } from "../../session.ts";

const HELP = `
Looks through the versions of the suite's prompts, not through commits: about log2 of them are run, each as often as it takes to tell it for good
or bad. What was run before is read back and costs nothing. Exit code: 0 found · 2 it cannot be told.

Example:
  $ baton eval bisect v1..main --case capital`;

export function configure(command: Command, session: Session): void {
  command
    .argument("<good..bad>", "a version that is right, and a later one that is not")
    .requiredOption("--case <id>", "the case that got worse")
    .option("--suite <name>", "its suite, where several have a case of that id")
    .option("--most-repeats <n>", "run a version so often at most", wholeNumber, 20)
    .option("--confidence <share>", "how certain each answer has to be", Number, 0.95)
    .option("--fresh", "run everything anew")
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", HELP)
    .action(async (range: string, flags: BisectFlags) => {
      const { runBisect } = await import("../../evals/run-bisect.ts");
      session.exitCode = await runBisect(range, flags, session.output);
    });
}
