import type { Case } from "../../evals/case.ts";
import type { CellResult, Side } from "../../evals/cell.ts";
import { mean } from "../../evals/statistics/pairs.ts";
import { casesOf, type ScoredCase } from "../../evals/totals.ts";
import type { SuiteOutcome } from "../../evals/verdict.ts";
import { textOf } from "../report/report-data.ts";
import { type Html, markup } from "../report/html.ts";

/** More make a page that no browser likes; those that lost most are shown. */
const MOST_CASES = 300;

/** Every case with what both sides answered, side by side; the worst first. */
export function casesBlock({ results, scorers: names, baseline }: SuiteOutcome, cases: readonly Case[]): Html {
  const scorers = names.all;
  const given = new Map(cases.map((entry) => [entry.id, entry]));
  const before = new Map(casesOf(results, "before", names).map((entry) => [entry.id, entry]));
  const rows = casesOf(results, "after", names)
    .map((after) => ({ after, before: before.get(after.id) }))
    .toSorted((left, right) => lossOf(right) - lossOf(left));
  const shown = rows.slice(0, MOST_CASES).map(
    (row) =>
      markup`<details>
        <summary>
          <b>${row.after.id}</b><span class="short">${scoreText(row.before, scorers)}${row.before === undefined ? "" : " → "}${scoreText(row.after, scorers)}</span>
        </summary>
        <div class="change">
          ${inputOf(given.get(row.after.id))}
          <div class="two">
            ${baseline === undefined ? "" : sideOf("before", row.before, results)} ${sideOf("after", row.after, results)}
          </div>
        </div>
      </details>`,
  );
  const more = rows.length > MOST_CASES ? markup`<p>… and ${rows.length - MOST_CASES} more</p>` : "";
  return markup`<h4>Cases</h4>
    ${shown}${more}`;
}

interface Row {
  readonly after: ScoredCase;
  readonly before: ScoredCase | undefined;
}

/** Errors first, then what lost most, then what scores lowest. */
function lossOf({ after, before }: Row): number {
  if (after.errors.length > 0) return 10;
  const [is, was] = [after, before].map((side) => mean(Object.values(side?.scores ?? {}).flat()));
  return (Number.isNaN(was ?? Number.NaN) ? 0 : (was ?? 0) - (is ?? 0)) * 2 + (1 - (is ?? 0));
}

function scoreText(side: ScoredCase | undefined, scorers: readonly string[]): string {
  if (side === undefined) return "";
  const texts = scorers.flatMap((name) => {
    const scores = side.scores[name] ?? [];
    return scores.length === 0 ? [] : [`${name} ${mean(scores).toFixed(2)}`];
  });
  return [...texts, ...(side.errors.length === 0 ? [] : ["error"])].join(", ");
}

function inputOf(given: Case | undefined): Html {
  if (given === undefined) return markup``;
  return markup`<h4>Input</h4>
    <pre>${textOf(given.input)}</pre>
    ${
      given.expected === undefined
        ? ""
        : markup`<h4>Expected</h4>
            <pre>${textOf(given.expected)}</pre>`
    }`;
}

/** The first answer of a side, and what its scorers said of all of them. */
function sideOf(side: Side, scored: ScoredCase | undefined, results: readonly CellResult[]): Html {
  const cells = results.filter((cell) => cell.side === side && cell.case === scored?.id);
  const [first] = cells.toSorted((left, right) => left.repeat - right.repeat);
  const text = first === undefined ? "not run" : "output" in first ? textOf(first.output) : first.error;
  return markup`<div>
    <h4>${side === "before" ? "Before" : "After"}${cells.length > 1 ? `, first of ${cells.length}` : ""}</h4>
    <pre class="${side}">${text}</pre>
    ${(scored?.reasons ?? []).map((reason) => markup`<p>${reason}</p>`)}
  </div>`;
}
