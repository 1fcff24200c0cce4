import { parseRunId } from "../../core/ids.ts";
import { openBaton } from "../open-baton.ts";
import type { Output } from "../output.ts";
import { runDocument } from "../run-document.ts";
import type { Configure } from "../session.ts";

interface CancelFlags {
  readonly by?: string;
  readonly reason?: string;
}

export const configure: Configure = (command, session) => {
  command
    .argument("<run>", "id of the run")
    .option("--by <who>", "who cancels it; kept with the run when it is put to rest here")
    .option("--reason <text>", "why; kept in the same way")
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", "\nExample:\n  $ baton cancel run_01K8Z0Q3 --reason 'asked twice'")
    .action(async (run: string, flags: CancelFlags) => {
      session.exitCode = await cancel(run, flags, session.output);
    });
};

async function cancel(text: string, { by, reason }: CancelFlags, output: Output): Promise<number> {
  const id = parseRunId(text);
  await using baton = await openBaton();
  const run = await baton.cancel(id, {
    ...(by === undefined ? {} : { by }),
    ...(reason === undefined ? {} : { reason }),
  });
  if (output.json) output.document(runDocument(run, { events: await baton.events(id), changed: new Set() }));
  else output.note(`Run \`${id}\` is cancelled; what it stored stays: baton show ${id}`);
  return 0;
}
