import { Option } from "commander";

import { BatonError } from "../../core/errors.ts";
import { CASSETTE_MODES } from "../../evals/cassettes/modes.ts";
import type { EvalFlags } from "../evals/run-evals.ts";
import type { Configure } from "../session.ts";

/** Their flags have other names than those below: this command would take them. */
const SUBCOMMANDS = [
  { name: "add-case", summary: "make a case of a run", load: () => import("./eval/add-case.ts") },
  {
    name: "replay",
    summary: "run the rest of a run with other prompts, and score it",
    load: () => import("./eval/replay.ts"),
  },
  {
    name: "bisect",
    summary: "find the version of the prompts that broke a case",
    load: () => import("./eval/bisect.ts"),
  },
] as const;

export const configure: Configure = async (command, session, argv) => {
  for (const { name, summary, load } of SUBCOMMANDS) {
    const subcommand = command
      .command(name)
      .summary(summary)
      .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`);
    if (argv.includes(name)) (await load()).configure(subcommand, session);
  }
  command
    .argument("[suites...]", "names of suites, such as brief/write; all when none is named")
    .option(
      "--baseline [ref]",
      "compare with the prompts of a commit; where this branch left the main one when no ref is given",
    )
    .option("--changed", "only suites whose prompts, judges, cases or own file differ from the baseline")
    .option("--explain", "print why each suite is affected by the change, and run none")
    .option("--no-kept", "run the baseline anew, although its results were kept")
    .option("--resume", "go on with the last run: finished cases are not run again")
    .option("--repeats <n>", "run each case so often, whatever its suite says", wholeNumber)
    .option("--concurrency <n>", "executions under way at once", wholeNumber, 4)
    .option("--seed <n>", "order of the cases, and the draws of the statistics", wholeNumber, 1)
    .option("--budget-tokens <n>", "begin nothing more once so many tokens are spent", wholeNumber)
    .option("--budget-usd <usd>", "begin nothing more once so many US dollars are spent", dollars)
    .option("--attribute", "also change one prompt at a time: which of them moved the score")
    .option("--html <file>", "also write a page for people")
    .option("--junit <file>", "also write a JUnit report")
    .option("--markdown <file>", "also write the comment of a pull request")
    .addOption(
      new Option("--cassettes <mode>", "record model calls, or answer from recordings")
        .choices(CASSETTE_MODES)
        .default("off"),
    )
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", EXAMPLES)
    .action(async (suites: readonly string[], flags: Omit<EvalFlags, "suites">) => {
      const { runEvals } = await import("../evals/run-evals.ts");
      session.exitCode = await runEvals({ ...flags, suites }, session.output);
    });
};

const EXAMPLES = `
Exit code: 0 pass · 1 regression · 2 undecided (inconclusive, or the budget ended) · 69 the provider cannot be reached.

Examples:
  $ baton eval
  $ baton eval brief/write --repeats 5
  $ baton eval --baseline main --changed
  $ baton eval --baseline main --attribute --html evals.html
  $ baton eval add-case --run run_01K8Z0Q3 --from-step 4 --as-expected
  $ baton eval replay run_01K8Z0Q3 --from 14 --prompt brief/write=@fix
  $ baton eval bisect v1..main --case capital`;

function dollars(text: string): number {
  return checked(text, Number(text) > 0, "an amount of US dollars above 0");
}

function wholeNumber(text: string): number {
  return checked(text, Number.isInteger(Number(text)) && Number(text) >= 1, "a whole number from 1 on");
}

function checked(text: string, isRight: boolean, wanted: string): number {
  if (isRight) return Number(text);
  throw new BatonError("bad-usage", `Expected ${wanted}, got \`${text}\`.`);
}
