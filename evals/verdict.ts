import type { CellResult } from "./cell.ts";
import { targetName } from "./impact.ts";
import { judgesPairs, type PlannedSuite } from "./plan.ts";
import type { Halt } from "./run-cells.ts";
import { judge, type Judgement } from "./statistics/gate.ts";
import { type ScorerNames, scorerNamesOf } from "./scorer-names.ts";
import { pairsOf, type Spending, spendingOf, type Totals, totalsOf } from "./totals.ts";

/** `partial`: the budget ended before the cells did. */
export type Verdict = "pass" | "regression" | "inconclusive" | "partial";

export interface SuiteOutcome {
  readonly name: string;
  readonly file: string | undefined;
  /** What it runs: `agent research/writer`. */
  readonly target: string;
  readonly verdict: Verdict;
  /** One sentence: what decided. */
  readonly why: string;
  readonly totals: Totals;
  /** Only with a baseline. */
  readonly baseline?: Totals;
  /** What it took to judge both versions side by side; only where that was done. */
  readonly pairs?: Spending;
  readonly scorers: ScorerNames;
  readonly comparison?: Judgement;
  /** It was stopped when its verdict was certain: the intervals of `comparison` hold only where nobody looked before the end. */
  readonly early?: true;
  readonly results: readonly CellResult[];
}

export interface Judged {
  readonly planned: PlannedSuite;
  readonly results: readonly CellResult[];
  readonly halted: Halt | undefined;
  readonly seed: number;
}

/** Share of a suite's cells that may be lost to infrastructure before it says nothing any more. */
const MOST_LOST = 0.2;

/** Judges a suite by its results alone. */
export function outcomeOfSuite({ planned, results, halted, seed }: Judged): SuiteOutcome {
  const { suite, before } = planned;
  const scorers = scorerNamesOf(planned);
  const totals = totalsOf(results, "after", scorers);
  const facts = { name: suite.name, file: suite.file, target: targetName(suite.target), totals, scorers, results };
  if (before === undefined) return { ...facts, ...alone({ planned, totals, halted, scorers }) };
  const baseline = totalsOf(results, "before", scorers);
  const groups = new Map(suite.cases.flatMap(({ id, group }) => (group === undefined ? [] : [[id, group] as const])));
  const mustPass = new Set(suite.cases.filter((entry) => entry.mustPass).map(({ id }) => id));
  const comparison = judge(
    scorers.all.map((name) => ({
      name,
      gates: scorers.gating.has(name),
      cases: pairsOf(results, name, { groups, pairs: scorers.pairs }),
      mustPass,
    })),
    { margin: suite.gate.margin, confidence: suite.gate.confidence, seed },
  );
  const pairs = judgesPairs(planned) ? { pairs: spendingOf(results.filter(({ side }) => side === "both")) } : {};
  const decision = compared(comparison, { totals, baseline, ...pairs, halted });
  const early = halted?.kind === "decided" ? { early: true as const } : {};
  return {
    ...facts,
    baseline,
    ...pairs,
    comparison,
    ...early,
    ...(planned.isBlind === true ? blindly(decision) : decision),
  };
}

type Decision = Pick<SuiteOutcome, "verdict" | "why">;

/** That nothing got worse where the wording is not read must not look like proof. */
function blindly(decision: Decision): Decision {
  if (decision.verdict === "regression" || decision.verdict === "partial") return decision;
  return {
    verdict: "inconclusive",
    why: "This model does not read the wording of prompts, so a change of it cannot be judged: set OPENAI_API_KEY or name a `model`.",
  };
}

interface Alone {
  readonly planned: PlannedSuite;
  readonly totals: Totals;
  readonly halted: Halt | undefined;
  readonly scorers: ScorerNames;
}

/** Without a baseline each gating scorer has to reach the mean that the suite asks for. */
function alone({ planned, totals, halted, scorers }: Alone): Decision {
  const { atLeast } = planned.suite.gate;
  const low = [...scorers.gating].find((name) => (totals.scores[name] ?? 0) < atLeast);
  if (isUnfinished(halted)) return { verdict: "partial", why: sentenceOf(halted) };
  if (scorers.gating.size === 0)
    return {
      verdict: "inconclusive",
      why: "None of its scorers decides without an earlier version: name one with --baseline.",
    };
  if (lostTooMuch(totals)) return { verdict: "inconclusive", why: lossOf(totals) };
  if (totals.defects > 0)
    return { verdict: "regression", why: `${totals.defects} executions met a broken scorer or case.` };
  if (low !== undefined) {
    const reached = totals.scores[low];
    return {
      verdict: "regression",
      why:
        reached === undefined
          ? `\`${low}\` has no score.`
          : `\`${low}\` is ${reached.toFixed(3)}, asked for is ${atLeast}.`,
    };
  }
  return { verdict: "pass", why: `Every gating scorer reached ${atLeast}.` };
}

interface Compared {
  readonly totals: Totals;
  readonly baseline: Totals;
  readonly pairs?: Spending;
  readonly halted: Halt | undefined;
}

function compared(judgement: Judgement, { totals, baseline, pairs, halted }: Compared): Decision {
  if (halted?.kind === "decided") return { verdict: halted.verdict, why: earlyWhy(judgement, totals.cases) };
  if (judgement.verdict === "regression") return { verdict: "regression", why: worstOf(judgement) };
  if (isUnfinished(halted)) return { verdict: "partial", why: sentenceOf(halted) };
  if (lostTooMuch(totals)) return { verdict: "inconclusive", why: lossOf(totals) };
  if (lostTooMuch(baseline)) return { verdict: "inconclusive", why: `Baseline: ${lossOf(baseline)}` };
  if (pairs !== undefined && lostTooMuch(pairs))
    return { verdict: "inconclusive", why: `Side by side: ${lossOf(pairs)}` };
  const defects = totals.defects + (pairs?.defects ?? 0);
  if (defects > 0) return { verdict: "regression", why: `${defects} executions met a broken scorer or case.` };
  return {
    verdict: judgement.verdict,
    why: judgement.verdict === "pass" ? "A drop as large as the margin is ruled out." : neededOf(judgement),
  };
}

/** The interval is left out: it holds for a fixed number of cases, not for one at which a run was stopped. */
function earlyWhy({ scorers }: Judgement, cases: number): string {
  const [worst] = scorers.filter(({ gates }) => gates).toSorted((left, right) => left.estimate - right.estimate);
  const difference = worst === undefined ? "" : ` \`${worst.name}\` is ${signed(worst.estimate)}.`;
  return `Decided after ${cases} cases: further ones could not change it.${difference}`;
}

function worstOf({ scorers }: Judgement): string {
  const fell = scorers.filter(({ gates, verdict }) => gates && verdict === "regression");
  return fell
    .map(({ name, broken, estimate, low, high }) =>
      broken.length > 0
        ? `\`${name}\`: must-pass ${broken.length === 1 ? "case" : "cases"} ${broken.map((id) => `\`${id}\``).join(", ")} fell.`
        : `\`${name}\` fell by ${(-estimate).toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}].`,
    )
    .join(" ");
}

function neededOf({ scorers }: Judgement): string {
  const undecided = scorers.filter(({ gates, verdict }) => gates && verdict === "inconclusive");
  const [open] = undecided.toSorted((left, right) => left.estimate - right.estimate);
  const { cases, repeats } = open?.needed ?? {};
  const ways = [
    ...(cases === undefined ? [] : [`${cases} cases in all`]),
    ...(repeats === undefined ? [] : [`${repeats} repeats of these`]),
  ];
  const about =
    open === undefined
      ? ""
      : ` \`${open.name}\` is ${signed(open.estimate)} [${signed(open.low)}, ${signed(open.high)}].`;
  return `${ways.length === 0 ? "The difference lies so near to the margin that no number of cases decides." : `Would be decided by about ${ways.join(", or by ")}.`}${about}`;
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(3)}`;
}

function isUnfinished(halted: Halt | undefined): halted is Exclude<Halt, { kind: "decided" }> {
  return halted !== undefined && halted.kind !== "decided";
}

function sentenceOf(halted: Exclude<Halt, { kind: "decided" }>): string {
  switch (halted.kind) {
    case "budget":
      return `Stopped after ${spentText(halted.spent)}: the budget is spent.`;
    case "aborted":
      return "Stopped before it was finished; go on with --resume.";
    case "refused":
      return halted.error;
    default:
      return halted satisfies never;
  }
}

function spentText({ tokens, usd }: { readonly tokens: number; readonly usd: number }): string {
  return usd === 0 ? `${tokens} tokens` : `${tokens} tokens ($${usd.toFixed(4)})`;
}

function lostTooMuch({ cells, infrastructure }: Spending): boolean {
  return cells === 0 || infrastructure / cells > MOST_LOST;
}

function lossOf({ cells, infrastructure }: Spending): string {
  return cells === 0
    ? "Nothing was executed."
    : `${infrastructure} of ${cells} executions were lost to the provider or to missing recordings.`;
}
