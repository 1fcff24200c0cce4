import { casesOf, isPassed } from "../totals.ts";
import type { SuiteOutcome } from "../verdict.ts";

/** Test results as CI servers read them: a suite is a test suite, a case a test case. Times are in seconds. */
export function junitReport(outcomes: readonly SuiteOutcome[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="baton eval">\n${outcomes.map(suiteElement).join("")}</testsuites>\n`;
}

function suiteElement({ name, totals, results, scorers, verdict, why }: SuiteOutcome): string {
  const cases = casesOf(results, "after", scorers);
  const counts = { tests: totals.cases, failures: totals.failed, errors: totals.errors };
  const seconds = (of: string | undefined): string => {
    const cells = results.filter((cell) => cell.side === "after" && (of === undefined || cell.case === of));
    return (cells.reduce((sum, { spent }) => sum + spent.ms, 0) / 1000).toFixed(3);
  };
  const elements = cases.map((entry) => {
    const { id, scores, errors, reasons } = entry;
    const isFailed = !isPassed(entry, scorers);
    const inside =
      errors.length > 0
        ? `<error message="${attribute(errors[0] ?? "")}"/>`
        : isFailed
          ? `<failure message="${attribute(reasons[0] ?? "scored below 1")}">${content(JSON.stringify(scores))}</failure>`
          : "";
    return `    <testcase classname="${attribute(name)}" name="${attribute(id)}" time="${seconds(id)}">${inside}</testcase>\n`;
  });
  const properties = `    <properties><property name="verdict" value="${verdict}"/><property name="why" value="${attribute(why)}"/></properties>\n`;
  const attributes = Object.entries(counts).map(([key, count]) => ` ${key}="${count}"`);
  return `  <testsuite name="${attribute(name)}"${attributes.join("")} time="${seconds(undefined)}">\n${properties}${elements.join("")}  </testsuite>\n`;
}

function attribute(text: string): string {
  return content(text).replaceAll('"', "&quot;").replaceAll("\n", "&#10;");
}

/** XML 1.0 cannot hold most control characters, not even escaped. */
function content(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
