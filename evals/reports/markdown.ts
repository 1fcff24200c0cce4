import type { SuiteOutcome, Verdict } from "../verdict.ts";

export interface MarkdownReport {
  readonly verdict: Verdict;
  readonly outcomes: readonly SuiteOutcome[];
  readonly unchanged: readonly string[];
  readonly baseline: string | undefined;
  readonly model: string;
}

const SIGNS = { pass: "✅", regression: "❌", inconclusive: "❔", partial: "⏸️" } as const satisfies Record<
  Verdict,
  string
>;

/** The comment of a pull request: what fell, by how much and how sure that is. The first line is a mark by which the comment is found again. */
export function markdownReport({ verdict, outcomes, unchanged, baseline, model }: MarkdownReport): string {
  const against = baseline === undefined ? "" : `, compared with \`${baseline.slice(0, 12)}\``;
  const lines = [
    "<!-- baton eval -->",
    `### ${SIGNS[verdict]} Prompt evals: ${verdict}`,
    "",
    `On \`${text(model)}\`${against}.`,
    ...(outcomes.length === 0
      ? []
      : [
          "",
          "| suite | verdict | scorer | before | after | difference [95 %] |",
          "|---|---|---|--:|--:|--:|",
          ...outcomes.flatMap(rows),
        ]),
    "",
    ...outcomes.map(({ name, why }) => `- **${text(name)}**: ${text(why)}`),
    ...(unchanged.length === 0
      ? []
      : ["", `Unchanged, so not run: ${unchanged.map((name) => `\`${text(name)}\``).join(", ")}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function rows({ name, verdict, totals, baseline, comparison, early }: SuiteOutcome): readonly string[] {
  return Object.entries(totals.scores).map(([scorer, after], at) => {
    // A suite has one verdict, whatever its single scorers did.
    const suite = at === 0 ? `${cell(name)} | ${SIGNS[verdict]} ${verdict}` : " | ";
    const before = baseline?.scores[scorer];
    const judged = comparison?.scorers.find((other) => other.name === scorer);
    const difference =
      judged === undefined
        ? ""
        : early === true
          ? `${signed(judged.estimate)}, certain early`
          : `${signed(judged.estimate)} [${signed(judged.low)}, ${signed(judged.high)}]`;
    return `| ${suite} | ${cell(scorer)} | ${before?.toFixed(3) ?? ""} | ${after.toFixed(3)} | ${difference} |`;
  });
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(3)}`;
}

function cell(value: string): string {
  return text(value).replaceAll("|", "\\|");
}

/** Model text must not become markup, a link or a mention in a comment. */
function text(value: string): string {
  return value
    .replaceAll(/[\r\n]+/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("@", "@\u200b")
    .replaceAll(/!?\[/gu, "\\[");
}
