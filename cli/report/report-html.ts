import type { Why } from "../../runs/provenance/answer-of-why.ts";
import type { TaskChange } from "../../runs/provenance/step-changes.ts";
import { printDuration } from "../duration.ts";
import { printUsd } from "../money.ts";
import { writerName } from "../step-description.ts";
import { costText, modelText, writerSentence } from "../why-text.ts";
import { type Html, markup, trusted } from "./html.ts";
import { htmlPage } from "./html-page.ts";
import { type Bar, type ReportData, textOf, timelineOf } from "./report-data.ts";
import { STYLE } from "./report-style.ts";

/** Opens and closes all parts at once; all else works without a script. */
const SCRIPT = `document.querySelector("#all").addEventListener("click",function(e){var o=e.currentTarget.dataset.open!=="true";e.currentTarget.dataset.open=String(o);e.currentTarget.textContent=o?"Close all":"Open all";document.querySelectorAll("details").forEach(function(d){d.open=o})});`;

/** The report as one page that needs nothing else: no network, no other file. The text of models and tools is only ever text in it. */
export function htmlReport(data: ReportData): string {
  const { run, usage, picture, fields, changes } = data;
  const body = markup`
        <header>
          <h1>${run.workflow} <span class="status ${run.status}">${run.status}</span></h1>
          <p class="id">${run.id}</p>
          <dl class="facts">
            ${fact("Started", new Date(run.createdAt).toISOString().replace("T", " ").slice(0, 19))}
            ${fact("Took", printDuration(run.updatedAt - run.createdAt))} ${fact("Model", run.pins.model.ref)}
            ${fact("Model calls", `${usage.modelCalls}${usage.replayedCalls > 0 ? ` (${usage.replayedCalls} read back)` : ""}`)}
            ${fact("Tokens", `${usage.inputTokens} in, ${usage.outputTokens} out`)}
            ${fact("Cost", usage.costUsd === null ? "unknown" : printUsd(usage.costUsd))}
            ${fact("Fingerprint", run.pins.fingerprint.slice(0, 12))}
          </dl>
          <nav>
            <a href="#timeline">Timeline</a><a href="#state">State and where it comes from</a><a href="#steps">Steps</a
            ><a href="#prompts">Prompts</a><button id="all" type="button">Open all</button>
          </nav>
        </header>
        <main>
          ${
            "error" in run
              ? markup`<section class="error">
                  <h2>Error</h2>
                  <pre>${run.error.message}</pre>
                </section>`
              : ""
          }
          <section id="timeline">
            <h2>Timeline</h2>
            <div class="columns">
              <div class="grow">${timeline(timelineOf(data.events))}</div>
              ${picture === undefined ? "" : markup`<figure class="graph">${trusted(drawing(picture))}</figure>`}
            </div>
          </section>
          <section id="state">
            <h2>State and where it comes from</h2>
            ${fields.map(
              ({ name, value, why }) =>
                markup`<details class="field">
                  <summary><b>${name}</b><span class="short">${textOf(value).slice(0, 140)}</span></summary>
                  <pre>${textOf(value)}</pre>
                  <div class="why">${tree(why)}</div>
                </details>`,
            )}
          </section>
          <section id="steps">
            <h2>Steps</h2>
            ${changes.map(stepOf)}
          </section>
          <section id="prompts">
            <h2>Prompts</h2>
            <table>
              <thead>
                <tr>
                  <th>Prompt</th>
                  <th>Closure</th>
                  <th></th>
                </tr>
              </thead>
              <tbody>
                ${run.pins.prompts.map(
                  ({ ref, closure, dirty }) =>
                    markup`<tr>
                      <td><code>${ref}</code></td>
                      <td><code>${closure.slice(0, 12)}</code></td>
                      <td>${dirty ? "not committed" : ""}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </section>
        </main>`;
  return htmlPage({ title: `${run.workflow} · ${run.id}`, style: STYLE, script: SCRIPT, body });
}

function fact(name: string, value: string): Html {
  return markup`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

/** Only the drawing itself: a declaration has no place inside a page. */
function drawing(svg: string): string {
  return svg.slice(Math.max(0, svg.indexOf("<svg"))).replace(/<style>[\s\S]*?<\/style>/gu, "");
}

const ROW = 26;
const LABEL = 170;
const WIDTH = 640;

function timeline(bars: readonly Bar[]): Html {
  if (bars.length === 0) return markup`<p>The events of this run are no longer stored.</p>`;
  const from = Math.min(...bars.map((bar) => bar.from));
  const span = Math.max(1, Math.max(...bars.map((bar) => bar.to)) - from);
  const rows = bars.map((bar, index) => {
    const x = LABEL + ((bar.from - from) / span) * (WIDTH - LABEL - 70);
    const width = Math.max(3, ((bar.to - bar.from) / span) * (WIDTH - LABEL - 70));
    const y = index * ROW;
    return markup`<g
      ><text x="0" y="${y + 17}" class="label">${bar.step} · ${bar.node.slice(0, 20)}</text
      ><rect
        x="${x}"
        y="${y + 5}"
        width="${width}"
        height="16"
        rx="3"
        class="${bar.failed ? "bar failed" : "bar"}"
      /><text x="${x + width + 6}" y="${y + 17}" class="time">${printDuration(bar.to - bar.from)}</text></g
    >`;
  });
  return markup`<svg
    class="timeline"
    viewBox="0 0 ${WIDTH} ${bars.length * ROW}"
    role="img"
    aria-label="When each task ran"
  >
    ${rows}
  </svg>`;
}

function stepOf({ step, writer, changes }: TaskChange): Html {
  return markup`<details class="step">
    <summary>
      <b>${step}</b> ${writerName(writer)}<span class="short">${changes.map(({ field }) => field).join(", ")}</span>
    </summary>
    ${changes.map(
      ({ field, before, written }) =>
        markup`<div class="change">
          <h4>${field}</h4>
          ${before === null ? "" : markup`<pre class="before">${textOf(before)}</pre>`}${written.map((value) => markup`<pre class="after">${textOf(value)}</pre>`)}
        </div>`,
    )}
  </details>`;
}

function tree(why: Why): Html {
  const { prompt, model, usage, memories, tools, reads, previous, note } = why;
  const below = [...reads, ...(previous === undefined ? [] : [previous])];
  return markup`<div class="node">
    <p>
      <code>${why.path}</code>
      <span class="mark ${why.exactness}">${why.exactness}</span>
      ${why.writtenBy === null ? "never written" : writerSentence(why.writtenBy)}
    </p>
    ${why.value === null ? "" : markup`<p class="value">${textOf(why.value).slice(0, 300)}</p>`}
    <ul class="used">
      ${prompt === null ? "" : markup`<li>prompt <code>${prompt.ref}</code></li>`}${model === null ? "" : markup`<li>model ${modelText(model)}${usage === null ? "" : `, ${usage.inputTokens} tokens in, ${usage.outputTokens} out${costText(why)}`}</li>`}${memories.map((route) => markup`<li>memory <code>${JSON.stringify(route["recalled"] ?? []).slice(0, 300)}</code></li>`)}${tools.map(({ name, outcome }) => markup`<li>called ${name}: ${outcome}</li>`)}${note === undefined ? "" : markup`<li>${note}</li>`}${why.repeated === true ? markup`<li>what it was made from stands above</li>` : ""}
    </ul>
    ${below.length === 0 ? "" : markup`<div class="below">${below.map(tree)}</div>`}
  </div>`;
}
