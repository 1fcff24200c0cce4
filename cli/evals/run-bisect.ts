import { BatonError } from "../../core/errors.ts";
import { bisect, type Bisection, type Probed } from "../../evals/bisect.ts";
import type { Case } from "../../evals/case.ts";
import type { CellOutcome } from "../../evals/cell.ts";
import { executeCell } from "../../evals/execute.ts";
import { impactOn } from "../../evals/impact.ts";
import { judgeTools, withJudges } from "../../evals/judge-model.ts";
import { openKeptResults } from "../../evals/kept-results.ts";
import { mean } from "../../evals/statistics/pairs.ts";
import type { Suite } from "../../evals/suite.ts";
import { parseRange, type TargetVersion, versionsBetween } from "../../evals/versions-between.ts";
import { INTERRUPTED, interruptSignal } from "../interrupt-signal.ts";
import { counted } from "../counted.ts";
import type { Output } from "../output.ts";
import { oneLine } from "../plain-text.ts";
import { chosenSuites, type EvalProject, openEvalProject } from "./eval-project.ts";

export interface BisectFlags {
  readonly case: string;
  readonly suite?: string;
  readonly mostRepeats: number;
  readonly confidence: number;
  /** Runs everything anew. */
  readonly fresh?: boolean;
}

/** Finds the version of the prompts that broke a case; returns the exit code. */
export async function runBisect(text: string, flags: BisectFlags, output: Output): Promise<number> {
  const range = parseRange(text);
  const { confidence, mostRepeats } = flags;
  if (!(confidence >= 0.5 && confidence < 1))
    throw new BatonError("bad-usage", "`--confidence` lies between 0.5 and 1, such as 0.95.");
  using project = await openEvalProject();
  const { library, model, embed } = project;
  const { suite: found, given } = caseNamed(project, flags);
  if (!found.scorers.some(({ gates }) => gates))
    throw new BatonError("bad-usage", `No scorer of suite \`${found.name}\` says by itself how good an answer is.`, {
      hint: "Add one that gates and judges one version; those against the baseline compare two.",
    });
  const suite = withJudges(found, { library, model: model.model, embed });
  const versions = await versionsBetween(suite, range, project);
  if (versions.length < 2) return nothingBetween(text, suite, output);
  output.note(
    output.paint.err(
      "dim",
      `${counted(versions.length, "version")} of suite ${suite.name} in ${text}, on ${model.model.ref}`,
    ),
  );
  using interrupt = interruptSignal({ onStop: () => output.note("Stopping; what was run is kept.") });
  const { signal } = interrupt;
  const probe = probeOf({ suite, given, versions, project, keeps: flags.fresh !== true }, signal);
  try {
    const result = await bisect({
      versions: versions.length,
      probe,
      mostRepeats,
      chance: 1 - confidence,
      onProbe: (probed) => output.note(output.paint.err("dim", probeLine(probed, versions))),
    });
    return report({ result, versions, suite, given }, output);
  } catch (error) {
    if (signal.aborted) return INTERRUPTED;
    throw error;
  }
}

function caseNamed(
  { suites }: EvalProject,
  { case: id, suite }: BisectFlags,
): { readonly suite: Suite; readonly given: Case } {
  const among = suite === undefined ? suites : chosenSuites(suites, [suite]);
  const found = among.flatMap((one) => {
    const given = one.cases.find((entry) => entry.id === id);
    return given === undefined ? [] : [{ suite: one, given }];
  });
  const [only, other] = found;
  if (only !== undefined && other === undefined) return only;
  if (only !== undefined)
    throw new BatonError("bad-usage", `Several suites have a case \`${id}\`.`, {
      hint: `Name one: ${found.map((one) => `--suite ${one.suite.name}`).join(", ")}.`,
    });
  throw new BatonError("bad-usage", `No suite has a case \`${id}\`.`, {
    hint: "The ids of cases stand in the suites and in the report of `baton eval`.",
  });
}

interface Probing {
  readonly suite: Suite;
  readonly given: Case;
  readonly versions: readonly TargetVersion[];
  readonly project: EvalProject;
  readonly keeps: boolean;
}

/** The mean of the gating scorers; what could not be scored is tried again, and then ends the search. */
function probeOf(
  { suite, given, versions, project, keeps }: Probing,
  signal: AbortSignal,
): (at: number, repeat: number) => Promise<number> {
  const kept = openKeptResults(project.kept);
  const tools = judgeTools({ library: project.library, model: project.model.model, embed: project.embed }, signal);
  return async (at, repeat) => {
    const target = versions[at]?.target;
    if (target === undefined) throw new BatonError("internal-error", `There is no version ${at}.`);
    const planned = { suite, before: target, after: target };
    const cell = { suite: suite.name, case: given.id, side: "before", repeat } as const;
    const known = keeps ? kept.find(planned, cell, given) : undefined;
    if (known !== undefined) return scoreOf(known, suite);
    signal.throwIfAborted();
    let outcome = await executeCell({ target, case: given, scorers: suite.scorers, signal, tools });
    for (let more = 1; more <= MOST_RETRIES && outcome.outcome === "infrastructure"; more++) {
      if (outcome.refused === true) break;
      outcome = await executeCell({ target, case: given, scorers: suite.scorers, signal, tools });
    }
    kept.keep(planned, { ...cell, ...outcome }, given);
    return scoreOf(outcome, suite);
  };
}

const MOST_RETRIES = 2;

function scoreOf(outcome: CellOutcome, { scorers }: Suite): number {
  switch (outcome.outcome) {
    case "scored":
      return mean(scorers.flatMap(({ scorer, gates }) => (gates ? (outcome.scores[scorer.name]?.score ?? []) : [])));
    case "wrong":
      return 0;
    case "infrastructure":
      throw new BatonError("model-unavailable", `The case could not be run: ${outcome.error}`, {
        hint: "Call it again: what was run before is kept.",
      });
    case "defect":
      throw new BatonError("suite-invalid", `The case could not be scored: ${outcome.error}`, {
        hint: "Mend the scorer or the case.",
      });
    default:
      return outcome satisfies never;
  }
}

function probeLine({ version, says, repeats, mean: score }: Probed, versions: readonly TargetVersion[]): string {
  const { commit = "", title = "" } = versions[version] ?? {};
  return oneLine(
    `${commit.slice(0, 12)} ${says.padEnd(9)} ${score.toFixed(3)} in ${counted(repeats, "execution")} · ${title}`,
  );
}

interface Reported {
  readonly result: Bisection;
  readonly versions: readonly TargetVersion[];
  readonly suite: Suite;
  readonly given: Case;
}

function report({ result, versions, suite, given }: Reported, output: Output): number {
  const probes = result.probes.map(({ version, ...probed }) => ({ commit: versions[version]?.commit, ...probed }));
  if (result.kind !== "found") {
    const open = result.kind === "undecided" ? versions[result.version] : undefined;
    if (output.json) output.document({ result: result.kind, suite: suite.name, case: given.id, probes });
    else
      output.result(
        open === undefined
          ? `The case \`${given.id}\` does not get worse for certain between the two versions.`
          : `It cannot be told on which side ${open.commit.slice(0, 12)} lies; raise --most-repeats.`,
      );
    return 2;
  }
  const [good, bad] = [versions[result.good], versions[result.bad]];
  if (good === undefined || bad === undefined) throw new BatonError("internal-error", "The bisection left its range.");
  const changes = impactOn({ suite, before: good.target, after: bad.target });
  if (output.json) {
    output.document({
      result: "found",
      suite: suite.name,
      case: given.id,
      firstBad: { commit: bad.commit, title: bad.title },
      lastGood: { commit: good.commit, title: good.title },
      changes,
      probes,
    });
    return 0;
  }
  output.result(
    [
      oneLine(`The first version on which \`${given.id}\` is worse: ${bad.commit.slice(0, 12)} ${bad.title}`),
      ...changes.map(
        ({ files, prompt, closure }) =>
          `  ${files.join(", ")} → prompt ${prompt} (closure ${closure.before ?? "none"} → ${closure.after ?? "none"})`,
      ),
      ...changes.map(
        ({ prompt }) => `Compare: baton prompts diff ${prompt} ${good.commit.slice(0, 12)} ${bad.commit.slice(0, 12)}`,
      ),
    ].join("\n"),
  );
  return 0;
}

function nothingBetween(range: string, suite: Suite, output: Output): number {
  if (output.json) output.document({ result: "same", suite: suite.name, probes: [] });
  else output.result(`No prompt of suite ${suite.name} differs in ${range}.`);
  return 2;
}
