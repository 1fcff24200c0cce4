import { BatonError } from "../../core/errors.ts";
import { parseRunId } from "../../core/ids.ts";
import { findConfigFile } from "../config-file.ts";
import { openProjectStore } from "../open-store.ts";
import type { Output } from "../output.ts";
import { changedSince } from "../prompt-now.ts";
import { describeRun } from "../run-description.ts";
import { runDocument } from "../run-document.ts";
import type { Configure } from "../session.ts";

export const configure: Configure = (command, session) => {
  command
    .argument("<run>", "id of the run")
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", "\nExample:\n  $ baton show run_01K8Z0Q3")
    .action(async (run: string) => {
      session.exitCode = await show(run, session.output);
    });
};

async function show(text: string, output: Output): Promise<number> {
  const id = parseRunId(text);
  const store = await openProjectStore();
  try {
    const run = await store?.runs.get(id);
    if (store === undefined || run === undefined) {
      throw new BatonError("unknown-run", `There is no run \`${id}\` in this project.`, {
        hint: "List the runs with: baton runs",
      });
    }
    const events = await store.events.read(id, 0);
    const changed = await changedSince(run, findConfigFile(process.cwd()).folder);
    if (output.json) output.document(runDocument(run, { events, changed }));
    else output.result(describeRun(run, { events, changed }, output));
    return 0;
  } finally {
    await store?.close();
  }
}
