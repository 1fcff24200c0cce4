import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";

import { BatonError } from "../../core/errors.ts";
import type { Configure } from "../session.ts";
import { withStoredRun } from "../stored-run.ts";

interface ReportFlags {
  readonly format?: string;
  readonly out?: string;
}

const HELP = `
The page needs nothing else: it opens from disk, without a network. With --format markdown the report goes to stdout unless --out names a file.

Examples:
  $ baton report run_01K8Z0Q3
  $ baton report run_01K8Z0Q3 --out report.html
  $ baton report run_01K8Z0Q3 --format markdown`;

export const configure: Configure = (command, session) => {
  command
    .argument("<run>", "id of the run")
    .option("--format <format>", "html or markdown (default html)")
    .option("--out <file>", "where to write it (default <run>.html in the current folder)")
    .option("--json", "print one JSON document on stdout: the file that was written")
    .addHelpText("after", HELP)
    .action(async (id: string, flags: ReportFlags) => {
      const { output } = session;
      const format = flags.format ?? "html";
      if (format !== "html" && format !== "markdown") throw unknownFormat(format);
      const text = await withStoredRun(id, async ({ store, run }) => {
        const { reportData } = await import("../report/report-data.ts");
        const data = await reportData(store, run);
        if (format === "html") return (await import("../report/report-html.ts")).htmlReport(data);
        return (await import("../report/report-markdown.ts")).markdownReport(data);
      });
      const file =
        flags.out ?? (format === "html" || output.json ? `${id}.${format === "html" ? "html" : "md"}` : undefined);
      if (file === undefined) {
        output.result(text);
        return;
      }
      await write(resolve(file), text);
      if (output.json) output.document({ runId: id, format, file: resolve(file) });
      else output.result(`Wrote ${file}`);
    });
};

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new BatonError("bad-usage", `The report cannot be written to \`${file}\`.`, {
      hint: "Name a file in a folder that exists: --out report.html",
      cause: error,
    });
  }
}

function unknownFormat(format: string): BatonError {
  return new BatonError("bad-usage", `\`${format.slice(0, 40)}\` is no format of a report.`, {
    hint: "Use --format html or --format markdown.",
  });
}
