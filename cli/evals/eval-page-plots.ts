import { mean, type PairedCase } from "../../evals/statistics/pairs.ts";
import { casesOf, pairsOf } from "../../evals/totals.ts";
import type { SuiteOutcome } from "../../evals/verdict.ts";
import { counted } from "../counted.ts";
import { type Html, markup } from "../report/html.ts";

const WIDTH = 460;
const SIDE = 10;

type Plotted = Pick<SuiteOutcome, "results" | "scorers">;

interface Drawn {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** A difference between −1 and 1 with its interval. */
export function intervalPlot({ estimate, low, high }: Drawn): Html {
  const x = (value: number): string => (100 + Math.max(-1, Math.min(1, value)) * 90).toFixed(1);
  const text = `${signed(estimate)} [${signed(low)}, ${signed(high)}]`;
  return markup`${text}<svg class="plot" viewBox="0 0 200 16" role="img" aria-label="${text}">
      <line class="axis" x1="${x(0)}" x2="${x(0)}" y1="0" y2="16" />
      <line class="range" x1="${x(low)}" x2="${x(high)}" y1="8" y2="8" />
      <circle class="point" cx="${x(estimate)}" cy="8" r="4" />
    </svg>`;
}

/** The difference of each case, from the largest drop to the largest gain. */
export function differencePlot({ results, scorers }: Plotted, scorer: string): Html {
  const differences = pairsOf(results, scorer, scorers)
    .flatMap(differenceOf)
    .toSorted((left, right) => left - right);
  if (differences.length === 0) return markup`<p>No case has a score on both sides.</p>`;
  const step = (WIDTH - 2 * SIDE) / differences.length;
  const bars = differences.map((value, at) => {
    const height = Math.max(1.5, Math.abs(value) * 50);
    const kind = value < 0 ? "worse" : value > 0 ? "better" : "same";
    return markup`<rect class="${kind}" x="${(SIDE + at * step).toFixed(2)}" y="${(value > 0 ? 60 - height : 60).toFixed(2)}" width="${Math.max(0.5, step - 1).toFixed(2)}" height="${height.toFixed(2)}" />`;
  });
  const counts = {
    worse: differences.filter((value) => value < 0).length,
    better: differences.filter((value) => value > 0).length,
  };
  const text = `${counted(differences.length, "case")}: ${counts.worse} worse, ${counts.better} better`;
  return markup`<svg class="plot" viewBox="0 0 ${WIDTH} 128" role="img" aria-label="${text}">
    ${bars}
    <line class="axis" x1="${SIDE}" x2="${WIDTH - SIDE}" y1="60" y2="60" />
    <text x="${SIDE}" y="124">${text}</text>
  </svg>`;
}

const BINS = 10;

/** How many cases reach which score. */
export function scorePlot({ results, scorers }: Plotted, scorer: string): Html {
  const means = casesOf(results, "after", scorers).flatMap(({ scores }) => {
    const given = scores[scorer] ?? [];
    return given.length === 0 ? [] : [mean(given)];
  });
  if (means.length === 0) return markup`<p>No case has a score.</p>`;
  const counts = Array.from({ length: BINS }, (_, bin) => means.filter((value) => binOf(value) === bin).length);
  const most = Math.max(...counts);
  const step = (WIDTH - 2 * SIDE) / BINS;
  const bars = counts.map((count, bin) => {
    const height = (count / most) * 90;
    return markup`<rect class="${bin === BINS - 1 ? "better" : "worse"}" x="${(SIDE + bin * step).toFixed(1)}" y="${(100 - height).toFixed(1)}" width="${(step - 2).toFixed(1)}" height="${height.toFixed(1)}" />${count === 0 ? "" : markup`<text x="${(SIDE + bin * step).toFixed(1)}" y="${(98 - height).toFixed(1)}">${count}</text>`}`;
  });
  return markup`<svg class="plot" viewBox="0 0 ${WIDTH} 122" role="img" aria-label="${`Scores of ${counted(means.length, "case")}`}">
    ${bars}
    <line class="axis" x1="${SIDE}" x2="${WIDTH - SIDE}" y1="100" y2="100" />
    <text x="${SIDE}" y="116">score 0</text>
    <text x="${WIDTH - SIDE - 40}" y="116">score 1</text>
  </svg>`;
}

function binOf(value: number): number {
  return Math.min(BINS - 1, Math.floor(value * BINS));
}

function differenceOf({ before, after }: PairedCase): readonly number[] {
  return before.length === 0 || after.length === 0 ? [] : [mean(after) - mean(before)];
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(3)}`;
}
