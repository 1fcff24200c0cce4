import { writeFile } from "node:fs/promises";

import { githubAnnotations } from "../../evals/reports/annotations.ts";
import { junitReport } from "../../evals/reports/junit.ts";
import { markdownReport } from "../../evals/reports/markdown.ts";
import type { Output } from "../output.ts";
import type { EvalResult } from "./eval-document.ts";

export interface ReportFlags {
  readonly junit?: string;
  readonly markdown?: string;
  readonly html?: string;
}

/** Writes the reports that were asked for; in GitHub Actions the suites' files are marked as well. */
export async function writeReports(
  result: EvalResult,
  { junit, markdown, html }: ReportFlags,
  output: Output,
): Promise<void> {
  const { verdict, outcomes, evals } = result;
  if (junit !== undefined) await writeFile(junit, junitReport(outcomes));
  if (markdown !== undefined) {
    const { unchanged, baseline, project } = evals;
    const model = project.model.model.ref;
    await writeFile(markdown, markdownReport({ verdict, outcomes, unchanged, baseline, model }));
  }
  if (html !== undefined) {
    const { evalPage } = await import("./eval-page.ts");
    await writeFile(html, evalPage(result));
  }
  if (process.env["GITHUB_ACTIONS"] !== "true") return;
  for (const line of githubAnnotations(outcomes, evals.placeOf)) output.note(line);
}
