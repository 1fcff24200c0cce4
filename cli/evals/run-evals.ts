import type { CellResult } from "../../evals/cell.ts";
import type { CassetteMode } from "../../evals/cassettes/modes.ts";
import { openShelf } from "../../evals/cassettes/shelf.ts";
import { evaluate } from "../../evals/evaluate.ts";
import { impactOn, isUnchanged } from "../../evals/impact.ts";
import { openKeptResults } from "../../evals/kept-results.ts";
import { createJournal, type Journal, resumeJournal } from "../../evals/journal.ts";
import { planCells, planDigest, type PlannedSuite } from "../../evals/plan.ts";
import type { SuiteOutcome, Verdict } from "../../evals/verdict.ts";
import { counted } from "../counted.ts";
import { INTERRUPTED, interruptSignal } from "../interrupt-signal.ts";
import type { Output } from "../output.ts";
import { shownPath } from "../open-prompts.ts";
import { type OpenEvals, openEvals } from "./open-evals.ts";
import { printOutcomes } from "./print-outcomes.ts";
import { evalDocument } from "./eval-document.ts";
import { writeReports } from "./write-reports.ts";

export interface EvalFlags {
  readonly suites: readonly string[];
  readonly baseline?: string | true;
  readonly changed?: boolean;
  readonly resume?: boolean;
  /** Print why each suite is affected by the change, and run none. */
  readonly explain?: boolean;
  /** False runs the baseline anew. */
  readonly kept: boolean;
  readonly repeats?: number;
  readonly concurrency: number;
  readonly seed: number;
  readonly budgetTokens?: number;
  readonly cassettes: CassetteMode;
  readonly junit?: string;
  readonly markdown?: string;
}

/** Runs the suites of the project and prints what came of them; returns the exit code. */
export async function runEvals(flags: EvalFlags, output: Output): Promise<number> {
  const compares = flags.changed === true || flags.explain === true;
  const baseline = flags.baseline ?? (compares ? true : undefined);
  using evals = await openEvals({
    names: flags.suites,
    baseline,
    changed: flags.changed === true,
    isReplay: flags.cassettes === "replay",
  });
  const suites = evals.suites.map((planned) => withRepeats(planned, flags.repeats));
  if (flags.explain === true) return explain(evals, output);
  note(evals, output);
  if (suites.length === 0) return nothingToDo(evals, output);
  using interrupt = interruptSignal({ onStop: () => output.note("Stopping; go on with: baton eval --resume") });
  const journal = openJournal(evals, suites, flags);
  const shelf = openShelf({ folder: evals.cassettes, shown: shownPath(evals.cassettes), mode: flags.cassettes });
  try {
    const { suites: outcomes } = await evaluate({
      suites: suites.filter((planned) => !isUnchanged(planned)),
      journal,
      seed: flags.seed,
      concurrency: flags.concurrency,
      signal: interrupt.signal,
      onResult: progressTo(output),
      tapeOf: shelf.tapeOf,
      judge: evals.judge,
      ...(flags.kept ? { kept: openKeptResults(evals.kept) } : {}),
      ...(flags.budgetTokens === undefined ? {} : { budgetTokens: flags.budgetTokens }),
    });
    if (await shelf.playedSynthetic()) output.note(SYNTHETIC);
    const verdict = worstOf(outcomes);
    await writeReports({ verdict, outcomes, evals }, flags, output);
    if (output.json) output.document(evalDocument({ verdict, outcomes, evals }));
    else output.result(printOutcomes({ verdict, outcomes, unchanged: evals.unchanged }, output));
    return interrupt.signal.aborted ? INTERRUPTED : EXIT_CODES[verdict];
  } finally {
    await shelf.save(process.env);
    journal.close();
  }
}

const SYNTHETIC =
  "Answers came from synthetic cassettes, recorded on this machine's loopback: they prove the suites, not a language model.";

const EXIT_CODES: Readonly<Record<Verdict, number>> = { pass: 0, regression: 1, inconclusive: 2, partial: 2 };
const FROM_WORST: readonly Verdict[] = ["regression", "partial", "inconclusive", "pass"];

function worstOf(outcomes: readonly SuiteOutcome[]): Verdict {
  return FROM_WORST.find((verdict) => outcomes.some((outcome) => outcome.verdict === verdict)) ?? "pass";
}

function withRepeats(planned: PlannedSuite, repeats: number | undefined): PlannedSuite {
  return repeats === undefined ? planned : { ...planned, suite: { ...planned.suite, repeats } };
}

function openJournal(evals: OpenEvals, suites: readonly PlannedSuite[], { seed, resume }: EvalFlags): Journal {
  const plan = planDigest(suites, { seed });
  if (resume === true) return resumeJournal(evals.journal, plan);
  const title = suites.map(({ suite }) => suite.name).join(", ");
  return createJournal(evals.journal, { format: 1, plan, startedAt: Date.now(), title });
}

function note({ model, baseline, suites, news }: OpenEvals, output: Output): void {
  const against = baseline === undefined ? "" : `, compared with ${baseline.slice(0, 12)}`;
  const cells = planCells(suites, { seed: 1 }).length;
  for (const [suite, why] of news) output.note(`${suite} has no baseline, so it is judged by itself: ${why}`);
  output.note(
    output.paint.err(
      "dim",
      `${counted(suites.length, "suite")}, ${counted(cells, "execution")} on ${model.model.ref} (${model.why})${against}`,
    ),
  );
}

/** Prints the chain from a file to each suite that it affects. */
function explain({ planned, unchanged, news, baseline }: OpenEvals, output: Output): number {
  const affected = planned.flatMap(impactOn);
  if (output.json) output.document({ baseline, affected, unchanged, news: Object.fromEntries(news) });
  else
    output.result(
      [
        ...affected.map(
          ({ files, prompt, closure, target, suite }) =>
            `${files.join(", ")} → prompt ${prompt} (closure ${closure.before ?? "none"} → ${closure.after ?? "none"}) → ${target} → suite ${suite}`,
        ),
        ...[...news].map(([suite, why]) => `suite ${suite} has no baseline: ${why}`),
        ...(affected.length + news.size === 0 ? ["No prompt of these suites is affected."] : []),
        ...(unchanged.length === 0 ? [] : [`Unchanged: ${unchanged.join(", ")}`]),
      ].join("\n"),
    );
  return 0;
}

/** A run that executes nothing says so, and is only green when nothing had to be executed. */
function nothingToDo(evals: OpenEvals, output: Output): number {
  const { unchanged } = evals;
  const isUnaffected = unchanged.length > 0;
  const verdict: Verdict = isUnaffected ? "pass" : "inconclusive";
  if (output.json) output.document(evalDocument({ verdict, outcomes: [], evals }));
  else
    output.result(
      isUnaffected
        ? `No prompt of ${unchanged.length === 1 ? "the suite" : `the ${unchanged.length} suites`} is affected: ${unchanged.join(", ")}.`
        : "There are no suites here. Write one as `<prompt>.eval.yaml` beside a prompt.",
    );
  return EXIT_CODES[verdict];
}

function progressTo(
  output: Output,
): (result: CellResult, progress: { readonly done: number; readonly total: number }) => void {
  let shown = 0;
  return (_result, { done, total }) => {
    // Ten lines are enough for whoever watches a log.
    if (Math.floor((done * 10) / total) === shown) return;
    shown = Math.floor((done * 10) / total);
    output.note(output.paint.err("dim", `${done} of ${total}`));
  };
}
