import { printDuration } from "../duration.ts";
import { printUsd } from "../money.ts";
import { plainText } from "../plain-text.ts";
import { rowName, stepRows } from "../step-rows.ts";
import { writerName } from "../step-description.ts";
import { describeWhy } from "../why-text.ts";
import { type ReportData, textOf } from "./report-data.ts";

/** The report as Markdown. What models and tools said stands in code blocks only: no link, picture or HTML of theirs takes effect. */
export function markdownReport({ run, usage, steps, changes, fields }: ReportData): string {
  const plain = { paint: { out: (_: string, text: string) => text, err: (_: string, text: string) => text } };
  return [
    `# ${run.workflow}: ${run.status}`,
    [
      `Run \`${run.id}\`, started ${new Date(run.createdAt).toISOString()}, took ${printDuration(run.updatedAt - run.createdAt)}.`,
      `Model \`${inCode(run.pins.model.ref)}\`: ${usage.modelCalls} calls (${usage.replayedCalls} read back), ${usage.inputTokens} tokens in, ${usage.outputTokens} out; cost: ${usage.costUsd === null ? "unknown" : printUsd(usage.costUsd)}.`,
    ].join("\n"),
    ...("error" in run ? ["## Error", block(run.error.message)] : []),
    "## Timeline",
    [
      "| step | node | outcome | time | attempts | calls | tokens | cost |",
      "|--:|---|---|--:|--:|--:|--:|--:|",
      ...stepRows(steps).map(
        ({ step, outcome, ms, attempt, modelCalls, tokens, costUsd, ...row }) =>
          `| ${step} | \`${inCode(rowName(row))}\` | ${outcome} | ${ms === undefined ? "" : printDuration(ms)} | ${attempt} | ${modelCalls} | ${tokens} | ${costUsd === null ? "unknown" : printUsd(costUsd)} |`,
      ),
    ].join("\n"),
    "## State and where it comes from",
    ...fields.flatMap(({ name, value, why }) => [
      `### \`${inCode(name)}\``,
      block(textOf(value)),
      block(describeWhy(why, plain)),
    ]),
    "## Steps",
    ...changes.flatMap(({ step, writer, changes: changed }) => [
      `### ${step}: \`${inCode(writerName(writer))}\``,
      ...changed.flatMap(({ field, written }) => [
        `\`${inCode(field)}\``,
        ...written.map((value) => block(textOf(value))),
      ]),
    ]),
    "## Prompts",
    run.pins.prompts.map(({ ref }) => `- \`${inCode(ref)}\``).join("\n"),
  ].join("\n\n");
}

function inCode(text: string): string {
  return plainText(text).replace(/[`|\n]/gu, " ");
}

/** A fence longer than any in the text, so that the text cannot end it. */
function block(text: string): string {
  const plain = plainText(text);
  const longest = Math.max(2, ...[...plain.matchAll(/`+/gu)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${plain}\n${fence}`;
}
