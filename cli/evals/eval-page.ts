import type { Effect } from "../../evals/attribution.ts";
import { changedPins } from "../../evals/impact.ts";
import type { SuiteOutcome } from "../../evals/verdict.ts";
import { diffPrompts } from "../../prompts/diff.ts";
import { type Html, markup } from "../report/html.ts";
import { htmlPage } from "../report/html-page.ts";
import { STYLE } from "../report/report-style.ts";
import { casesBlock } from "./eval-page-cases.ts";
import { differencePlot, intervalPlot, scorePlot } from "./eval-page-plots.ts";
import type { EvalResult } from "./eval-document.ts";

const EVAL_STYLE = `${STYLE}
.status.pass{color:var(--good);background:var(--goodbg);border-color:transparent}
.status.regression{color:var(--bad);background:var(--badbg);border-color:transparent}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:5px 10px;border-bottom:1px solid var(--line);vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums}
.plot{width:100%;height:auto}.plot text{font-size:11px;fill:var(--faint)}
.plot .axis{stroke:var(--line)}.plot .margin{stroke:var(--bad);stroke-dasharray:3 3}
.plot .worse{fill:var(--bad)}.plot .better{fill:var(--good)}.plot .same{fill:var(--faint)}.plot .range{stroke:var(--accent);stroke-width:3}.plot .point{fill:var(--accent)}
.diff .add{color:var(--good);background:var(--goodbg)}.diff .del{color:var(--bad);background:var(--badbg)}.diff span{display:block}
.wide{overflow-x:auto}
.two{display:grid;grid-template-columns:1fr 1fr;gap:16px;align-items:start}.two>*{min-width:0}
@media (max-width:760px){.two{grid-template-columns:1fr}}
`;

/** The report of an eval run as one page that needs nothing else: no network, no script. What models wrote is only ever text in it. */
export function evalPage({ verdict, outcomes, effects, evals }: EvalResult): string {
  const { baseline, unchanged, alone, project } = evals;
  const body = markup`
        <header>
          <h1>Prompt evals <span class="status ${verdict}">${verdict}</span></h1>
          <p class="id">${project.model.model.ref}${baseline === undefined ? "" : `, compared with ${baseline.slice(0, 12)}`}</p>
        </header>
        <main>
          <section>${summary(outcomes)}</section>
          ${effects.length === 0 ? "" : effectsBlock(effects)} ${outcomes.map((outcome) => suiteBlock(outcome, evals))}
          ${unchanged.length === 0 ? "" : markup`<p>Unchanged, so not run: ${unchanged.join(", ")}</p>`}
          ${[...alone].map(([suite, why]) => markup`<p>${suite} is judged by itself: ${why}</p>`)}
        </main>`;
  return htmlPage({ title: `Prompt evals: ${verdict}`, style: EVAL_STYLE, body });
}

function summary(outcomes: readonly SuiteOutcome[]): Html {
  const rows = outcomes.flatMap(({ name, verdict, totals, baseline, comparison, early }) =>
    Object.entries(totals.scores).map(([scorer, after], at, all) => {
      const judged = comparison?.scorers.find((other) => other.name === scorer);
      // A suite has one verdict, whatever its single scorers did.
      const suite = markup`<td rowspan="${all.length}"><a href="#${anchor(name)}">${name}</a></td>
        <td rowspan="${all.length}"><span class="status ${verdict}">${verdict}</span></td>`;
      return markup`<tr>
        ${at === 0 ? suite : ""}
        <td>${scorer}</td>
        <td class="n">${baseline?.scores[scorer]?.toFixed(3) ?? ""}</td>
        <td class="n">${after.toFixed(3)}</td>
        <td>${judged === undefined ? "" : early === true ? earlyText(judged) : intervalPlot(judged)}</td>
      </tr>`;
    }),
  );
  return markup`<div class="wide"><table>
    <thead>
      <tr><th>suite</th><th>verdict</th><th>scorer</th><th>before</th><th>after</th><th>difference, 95 %</th></tr>
    </thead>
    <tbody>${rows}</tbody>
  </table></div>`;
}

function earlyText({ estimate }: { readonly estimate: number }): string {
  return `${estimate < 0 ? "" : "+"}${estimate.toFixed(3)}, certain early`;
}

function effectsBlock(effects: readonly Effect[]): Html {
  return markup`<section>
    <h2>One changed prompt at a time</h2>
    <table>
      <thead><tr><th>suite</th><th>prompt</th><th>scorer</th><th>difference, 95 %</th></tr></thead>
      <tbody>
        ${effects.map(
          (effect) =>
            markup`<tr><td>${effect.suite}</td><td>${effect.prompt}</td><td>${effect.scorer}</td><td>${intervalPlot(effect)}</td></tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

function suiteBlock(outcome: SuiteOutcome, evals: EvalResult["evals"]): Html {
  const { name, target, verdict, why, scorers, baseline } = outcome;
  const planned = evals.planned.find(({ suite }) => suite.name === name);
  const plots = scorers.all.map(
    (scorer) =>
      markup`<h4>${scorer}</h4>
        ${baseline === undefined ? scorePlot(outcome, scorer) : differencePlot(outcome, scorer)}`,
  );
  return markup`<section id="${anchor(name)}">
    <h2>${name} <span class="status ${verdict}">${verdict}</span></h2>
    <p>${target}: ${why}</p>
    <div class="two">
      <div>${plots}</div>
      <div>${planned === undefined ? "" : changedPins(planned).map(promptDiff)}</div>
    </div>
    ${casesBlock(outcome, planned?.suite.cases ?? [])}
  </section>`;
}

function promptDiff({ before, after }: ReturnType<typeof changedPins>[number]): Html {
  const name = after?.name ?? before?.name ?? "";
  if (before === undefined || after === undefined)
    return markup`<p>Prompt ${name} is ${after === undefined ? "gone" : "new"}.</p>`;
  const { frontMatter, texts } = diffPrompts(before, after);
  const settings = frontMatter.flatMap(({ key, before: was, after: is }) => [
    ...(was === undefined ? [] : [line(`- ${key}: ${JSON.stringify(was)}`)]),
    ...(is === undefined ? [] : [line(`+ ${key}: ${JSON.stringify(is)}`)]),
  ]);
  const files = texts.flatMap(({ path, hunks }) => [
    markup`<span>${path}</span>`,
    ...hunks.flatMap(({ lines }) => lines.map(line)),
  ]);
  return markup`<h4>Prompt ${name}, closure ${before.closure.slice(0, 8)} → ${after.closure.slice(0, 8)}</h4>
    <pre class="diff">${[...settings, ...files]}</pre>`;
}

function line(text: string): Html {
  return markup`<span class="${text.startsWith("+") ? "add" : text.startsWith("-") ? "del" : "same"}">${text}</span>`;
}

function anchor(name: string): string {
  return `suite-${name.replaceAll(/[^\w-]/gu, "-")}`;
}
