import { BatonError } from "../../../core/errors.ts";
import { DEFAULT_TENANT, parseRunId, parseTenantId, parseThreadId } from "../../../core/ids.ts";
import type { Store } from "../../../runs/store.ts";
import { threadKey } from "../../../runs/thread-key.ts";
import { openProjectStore, projectServer } from "../../open-store.ts";
import type { Output } from "../../output.ts";
import type { Configure } from "../../session.ts";

interface ExportFlags {
  readonly to?: string;
  readonly schema?: string;
  readonly tenant?: string;
}

export const configure: Configure = (command, session) => {
  command
    .argument("<thread|run>", "id of a run, whose thread is meant, or of a thread")
    .option("--to <url>", "the server to write to; without it, the one on which the runs lie")
    .option("--schema <name>", "the schema of the stock tables (default: public)")
    .option("--tenant <id>", "whose thread it is, when a thread is named")
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", HELP)
    .action(async (id: string, flags: ExportFlags) => {
      session.exitCode = await exportOne(id, flags, session.output);
    });
};

const HELP = `
The thread stays as it is here. What is written there is not encrypted.

Example:
  $ baton checkpoints export run_01K8Z0Q3 --to postgres://localhost/app`;

async function exportOne(id: string, flags: ExportFlags, output: Output): Promise<number> {
  const url = flags.to ?? (await projectServer());
  if (url === undefined) {
    throw new BatonError("bad-usage", "The runs lie in a file, so nothing says which server is to get the thread.", {
      hint: "Name it: --to postgres://user:password@host:5432/database",
    });
  }
  const store = await openProjectStore();
  if (store === undefined)
    throw new BatonError("unknown-run", "There are no runs in this project.", {
      hint: "Start one with: baton run <workflow>",
    });
  try {
    const { exportThread } = await import("../../../store/postgres/export-thread.ts");
    const target = { url, ...(flags.schema === undefined ? {} : { schema: flags.schema }) };
    const report = await exportThread(await store.reader(), await threadOf(store, id, flags), target);
    if (output.json) output.document(report);
    else
      output.result(
        `Exported ${report.checkpoints} checkpoints of thread ${report.thread} to schema ${report.schema} of ${report.target}.`,
      );
    return 0;
  } finally {
    await store.close();
  }
}

async function threadOf(store: Store, id: string, { tenant }: ExportFlags): Promise<string> {
  const run = await store.runs.get(parseRunId(id));
  if (run !== undefined) return threadKey(run);
  return threadKey({
    tenant: tenant === undefined ? DEFAULT_TENANT : parseTenantId(tenant),
    thread: parseThreadId(id),
  });
}
