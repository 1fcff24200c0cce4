import type { CassetteMode } from "../../evals/cassettes/modes.ts";
import { openShelf, type Shelf } from "../../evals/cassettes/shelf.ts";
import { effectsOf } from "../../evals/attribution.ts";
import { evaluate } from "../../evals/evaluate.ts";
import { impactOn, isUnchanged } from "../../evals/impact.ts";
import { openKeptResults } from "../../evals/kept-results.ts";
import { createJournal, type Journal, resumeJournal } from "../../evals/journal.ts";
import { countCells, planDigest, type PlannedSuite } from "../../evals/plan.ts";
import type { SuiteOutcome, Verdict } from "../../evals/verdict.ts";
import { INTERRUPTED, interruptSignal } from "../interrupt-signal.ts";
import type { Output } from "../output.ts";
import { shownPath } from "../open-prompts.ts";
import { noteEstimate, refuseUnpriced } from "./eval-cost.ts";
import { evalDocument } from "./eval-document.ts";
import { createEvalProgress } from "./eval-progress.ts";
import { type OpenEvals, openEvals } from "./open-evals.ts";
import { keepYoungGenerationSmall } from "./small-young-generation.ts";
import { printOutcomes } from "./print-outcomes.ts";
import { writeReports } from "./write-reports.ts";

export interface EvalFlags {
  readonly suites: readonly string[];
  readonly baseline?: string | true;
  readonly changed?: boolean;
  readonly resume?: boolean;
  /** Print why each suite is affected by the change, and run none. */
  readonly explain?: boolean;
  /** Also run each suite with one changed prompt at a time. */
  readonly attribute?: boolean;
  /** False runs the baseline anew. */
  readonly kept: boolean;
  readonly repeats?: number;
  readonly concurrency: number;
  readonly seed: number;
  readonly budgetTokens?: number;
  readonly budgetUsd?: number;
  readonly cassettes: CassetteMode;
  readonly junit?: string;
  readonly markdown?: string;
  readonly html?: string;
}

/** Runs the suites of the project and prints what came of them; returns the exit code. */
export async function runEvals(flags: EvalFlags, output: Output): Promise<number> {
  keepYoungGenerationSmall();
  const compares = flags.changed === true || flags.explain === true || flags.attribute === true;
  using evals = await openEvals({
    names: flags.suites,
    baseline: flags.baseline ?? (compares ? true : undefined),
    changed: flags.changed === true,
    isReplay: flags.cassettes === "replay",
    attributes: flags.attribute === true,
  });
  if (flags.explain === true) return explain(evals, output);
  note(evals, output);
  const suites = [...evals.suites, ...evals.swaps.map(({ planned }) => planned)]
    .filter((planned) => !isUnchanged(planned))
    .map((planned) => withRepeats(planned, flags.repeats));
  if (suites.length === 0) return nothingToDo(evals, output);
  refuseUnpriced(evals, flags);
  const { project } = evals;
  const mode = flags.cassettes;
  const shelf = openShelf({ folder: project.cassettes, shown: shownPath(project.cassettes), mode });
  const journal = openJournal(evals, suites, flags);
  try {
    return await runPlanned({ evals, suites, journal, shelf }, flags, output);
  } finally {
    await shelf.save(process.env);
    journal.close();
  }
}

interface Opened {
  readonly evals: OpenEvals;
  readonly suites: readonly PlannedSuite[];
  readonly journal: Journal;
  readonly shelf: Shelf;
}

async function runPlanned(
  { evals, suites, journal, shelf }: Opened,
  flags: EvalFlags,
  output: Output,
): Promise<number> {
  const { seed, concurrency } = flags;
  const kept = flags.kept ? { kept: openKeptResults(evals.project.kept) } : {};
  await noteEstimate({ evals, suites, journal, ...kept }, flags, output);
  const progress = await createEvalProgress(output, {
    done: journal.results.length,
    total: countCells(suites).all,
  });
  using interrupt = interruptSignal({ onStop: () => progress.note("Stopping; go on with: baton eval --resume") });
  const { suites: all } = await evaluate({
    suites,
    journal,
    seed,
    concurrency,
    signal: interrupt.signal,
    onResult: progress.see,
    tapeOf: shelf.tapeOf,
    toolsOf: evals.toolsOf,
    ...kept,
    budget: {
      ...(flags.budgetTokens === undefined ? {} : { tokens: flags.budgetTokens }),
      ...(flags.budgetUsd === undefined ? {} : { usd: flags.budgetUsd }),
    },
  }).finally(progress.end);
  if (await shelf.playedSynthetic()) output.note(SYNTHETIC);
  const swapped = new Set(evals.swaps.map(({ planned }) => planned.suite.name));
  const outcomes = all.filter(({ name }) => !swapped.has(name));
  const effects = effectsOf(evals.swaps, all);
  const verdict = worstOf(outcomes);
  const result = { verdict, outcomes, effects, evals };
  await writeReports(result, flags, output);
  if (output.json) output.document(evalDocument(result));
  else output.result(printOutcomes({ ...result, unchanged: evals.unchanged }, output));
  return interrupt.signal.aborted ? INTERRUPTED : EXIT_CODES[verdict];
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
  const path = evals.project.journal;
  if (resume === true) return resumeJournal(path, plan);
  const title = suites.map(({ suite }) => suite.name).join(", ");
  return createJournal(path, { format: 1, plan, startedAt: Date.now(), title });
}

function note({ alone, suites }: OpenEvals, output: Output): void {
  for (const [suite, why] of alone) output.note(`${suite} is judged by itself: ${why}`);
  for (const { suite, before, judges = [] } of suites) {
    if (before === undefined || judges.length === 0) continue;
    const names = judges.map(({ after, before: was }) => `\`${after?.name ?? was?.name}\``).join(", ");
    output.note(`${suite.name}: its judge ${names} changed too; both sides are judged by the new one.`);
  }
}

/** Prints the chain from a file to each suite that it affects. */
function explain({ planned, unchanged, alone, baseline }: OpenEvals, output: Output): number {
  const affected = planned.flatMap(impactOn);
  if (output.json) output.document({ baseline, affected, unchanged, alone: Object.fromEntries(alone) });
  else
    output.result(
      [
        ...affected.map(
          ({ files, prompt, closure, target, suite }) =>
            `${files.join(", ")} → prompt ${prompt} (closure ${closure.before ?? "none"} → ${closure.after ?? "none"}) → ${target} → suite ${suite}`,
        ),
        ...[...alone].map(([suite, why]) => `suite ${suite} is judged by itself: ${why}`),
        ...(affected.length + alone.size === 0 ? ["No prompt of these suites is affected."] : []),
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
  if (output.json) output.document(evalDocument({ verdict, outcomes: [], effects: [], evals }));
  else
    output.result(
      isUnaffected
        ? `No prompt of ${unchanged.length === 1 ? "the suite" : `the ${unchanged.length} suites`} is affected: ${unchanged.join(", ")}.`
        : "There are no suites here, so nothing was judged: inconclusive (exit code 2). Write one as `<prompt>.eval.yaml` beside a prompt.",
    );
  return EXIT_CODES[verdict];
}
