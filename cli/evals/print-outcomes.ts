import type { Effect } from "../../evals/attribution.ts";
import type { SuiteOutcome, Verdict } from "../../evals/verdict.ts";
import { casesOf } from "../../evals/totals.ts";
import { mean } from "../../evals/statistics/pairs.ts";
import type { Output } from "../output.ts";
import { oneLine } from "../plain-text.ts";
import { type Column, printTable } from "../table.ts";

export interface PrintedOutcomes {
  readonly verdict: Verdict;
  readonly outcomes: readonly SuiteOutcome[];
  readonly effects: readonly Effect[];
  readonly unchanged: readonly string[];
}

/** Tables of suites and scorers, the cases that fell or failed, and the verdict in the last line. */
export function printOutcomes({ verdict, outcomes, effects, unchanged }: PrintedOutcomes, output: Output): string {
  const { paint } = output;
  const suites = outcomes.length === 0 ? [] : [printTable(outcomes, suiteColumns(output), output.width)];
  const details = outcomes.flatMap((outcome) => [
    `${paint.out("bold", outcome.name)} (${outcome.target}): ${outcome.why}`,
    ...lowCases(outcome),
  ]);
  const same = unchanged.length === 0 ? [] : [`Unchanged, so not run: ${unchanged.join(", ")}`];
  const moved =
    effects.length === 0 ? [] : ["One changed prompt at a time:", printTable(effects, EFFECT_COLUMNS, output.width)];
  return [...suites, ...details, ...moved, ...same, paint.out(COLOURS[verdict], `Verdict: ${verdict}`)].join("\n");
}

const COLOURS = {
  pass: "green",
  regression: "red",
  inconclusive: "yellow",
  partial: "yellow",
} as const satisfies Record<Verdict, string>;

const EFFECT_COLUMNS: readonly Column<Effect>[] = [
  { title: "suite", text: ({ suite }) => suite },
  { title: "prompt", text: ({ prompt }) => prompt },
  { title: "scorer", text: ({ scorer }) => scorer },
  {
    title: "difference [95 %]",
    text: ({ estimate, low, high }) => `${signed(estimate)} [${signed(low)}, ${signed(high)}]`,
  },
];

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(3)}`;
}

function suiteColumns({ paint }: Output): readonly Column<SuiteOutcome>[] {
  return [
    { title: "suite", text: ({ name }) => name },
    { title: "cases", align: "right", text: ({ totals }) => String(totals.cases) },
    { title: "passed", align: "right", text: ({ totals }) => String(totals.passed) },
    { title: "failed", align: "right", text: ({ totals }) => String(totals.failed) },
    { title: "errors", align: "right", text: ({ totals }) => String(totals.errors) },
    { title: "scores", text: scoresOf, drop: 1 },
    {
      title: "calls",
      align: "right",
      text: ({ totals, baseline, pairs }) =>
        String(totals.modelCalls + (baseline?.modelCalls ?? 0) + (pairs?.modelCalls ?? 0)),
      drop: 2,
    },
    {
      title: "verdict",
      text: ({ verdict }) => verdict,
      paint: (cell, { verdict }) => paint.out(COLOURS[verdict], cell),
    },
  ];
}

function scoresOf({ totals, baseline }: SuiteOutcome): string {
  return Object.entries(totals.scores)
    .map(([name, score]) => {
      const was = baseline?.scores[name];
      return `${name} ${was === undefined ? "" : `${was.toFixed(2)} → `}${score.toFixed(2)}`;
    })
    .join(", ");
}

const MOST_CASES = 10;

/** The cases that scored less than they did, or less than all; the worst first. */
function lowCases({ results, baseline, scorers }: SuiteOutcome): readonly string[] {
  const names = scorers.all;
  const before = new Map(casesOf(results, "before", scorers).map((entry) => [entry.id, entry.scores]));
  const rows = casesOf(results, "after", scorers).flatMap(({ id, scores, errors, reasons }) => {
    const marks = names.flatMap((name) => {
      const is = average(scores[name]);
      const was = baseline === undefined ? 1 : average(before.get(id)?.[name]);
      if (is === undefined || was === undefined || is >= was) return [];
      return [
        {
          text: baseline === undefined ? `${name} ${is.toFixed(2)}` : `${name} ${was.toFixed(2)} → ${is.toFixed(2)}`,
          lost: was - is,
        },
      ];
    });
    const lost = marks.reduce((sum, mark) => sum + mark.lost, errors.length === 0 ? 0 : 2);
    const texts = [...marks.map(({ text }) => text), ...errors.slice(0, 1).map((error) => `error: ${error}`)];
    const why = reasons[0] === undefined ? "" : ` – ${reasons[0]}`;
    return lost === 0 ? [] : [{ lost, text: `  ${oneLine(`${id}: ${texts.join(", ")}${why}`)}` }];
  });
  const shown = rows.toSorted((left, right) => right.lost - left.lost);
  const more = shown.length > MOST_CASES ? [`  … and ${shown.length - MOST_CASES} more`] : [];
  return [...shown.slice(0, MOST_CASES).map(({ text }) => text), ...more];
}

function average(scores: readonly number[] | undefined): number | undefined {
  return scores === undefined || scores.length === 0 ? undefined : mean(scores);
}
