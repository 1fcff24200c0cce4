import { whyOf } from "../../runs/provenance/why.ts";
import type { Configure } from "../session.ts";
import { withStoredRun } from "../stored-run.ts";
import { wholeNumber } from "../number-argument.ts";
import { describeWhy } from "../why-text.ts";

const HELP = `
A path is a field, then keys and indexes inside its value. A value is marked "derived" when it stands in no write as it is: a reducer made it.

Examples:
  $ baton why run_01K8Z0Q3 draft
  $ baton why run_01K8Z0Q3 'facts[3]' --depth 2
  $ baton why run_01K8Z0Q3 report.sections[0].title --json`;

/** What fits on a screen; each place where more lies below says so. */
const READABLE_DEPTH = 3;

export const configure: Configure = (command, session) => {
  command
    .argument("<run>", "id of the run")
    .argument("<path>", "what to explain: draft, facts[3], report.sections[0].title")
    .option("--depth <n>", "how many writes deep the answer goes (default 3, with --json 8)", wholeNumber)
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", HELP)
    .action(async (id: string, path: string, flags: { readonly depth?: number }) => {
      const { output } = session;
      const why = await withStoredRun(id, async ({ store, run }) => {
        const depth = flags.depth ?? (output.json ? undefined : READABLE_DEPTH);
        return await whyOf(store, run, { path, ...(depth === undefined ? {} : { depth }) });
      });
      if (output.json) output.document(why);
      else output.result(describeWhy(why, output));
    });
};
