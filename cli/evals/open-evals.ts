import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";

import { BatonError } from "../../core/errors.ts";
import { swapsOf, type Swap } from "../../evals/attribution.ts";
import { baselineCommit, filesSince } from "../../evals/baseline.ts";
import { beginningOf, changedPlace, type PromptPlace } from "../../evals/changed-place.ts";
import { changedPins, isUnchanged, type PinPair } from "../../evals/impact.ts";
import { judgePrompts, judgeTools, withJudges } from "../../evals/judge-model.ts";
import { openTarget } from "../../evals/open-targets.ts";
import type { PlannedSuite } from "../../evals/plan.ts";
import type { ScorerTools } from "../../evals/scorer.ts";
import type { Suite } from "../../evals/suite.ts";
import type { PromptLibrary } from "../../prompts/library.ts";
import { chosenSuites, type EvalProject, openEvalProject } from "./eval-project.ts";

export interface EvalChoice {
  /** Names of suites, or beginnings of names that end at a slash; all suites when there are none. */
  readonly names: readonly string[];
  /** The version to compare with; `true` = where this branch left the main one, undefined = no comparison. */
  readonly baseline: string | true | undefined;
  /** Only suites that the change reaches. */
  readonly changed: boolean;
  /** Everything is answered from recordings: no key is needed. */
  readonly isReplay: boolean;
  /** Also runs each suite with one changed prompt at a time. */
  readonly attributes: boolean;
}

/** The suites of a project, bound to the prompts that are compared. */
export interface OpenEvals extends Disposable {
  readonly project: EvalProject;
  /** What is run. */
  readonly suites: readonly PlannedSuite[];
  /** Suites that were left out, since nothing of theirs differs. */
  readonly unchanged: readonly string[];
  /** All suites that were asked for, whether or not they are left out. */
  readonly planned: readonly PlannedSuite[];
  /** Suites with one changed prompt at a time. */
  readonly swaps: readonly Swap[];
  /** Suites that are judged by themselves although there is a baseline, by name, and why. */
  readonly alone: ReadonlyMap<string, string>;
  /** Judges with the prompts of the working tree, on both sides: one judge for both. */
  readonly toolsOf: (signal: AbortSignal) => Omit<ScorerTools, "signal">;
  /** The baseline as it was found. */
  readonly baseline: string | undefined;
  /** Where a reader of a suite's verdict should look: the first changed line of its prompt, by the path that users know. */
  readonly placeOf: (suite: string) => PromptPlace | undefined;
}

/** Reads the suites of the project in the current folder. Throws `suite-invalid`, `bad-usage` for unknown names, and what is wrong with the prompts. */
export async function openEvals(choice: EvalChoice): Promise<OpenEvals> {
  if (choice.isReplay) process.env["OPENAI_API_KEY"] ??= "replayed";
  const project = await openEvalProject();
  try {
    const { library, folder } = project;
    const suites = chosenSuites(project.suites, choice.names);
    const commit =
      choice.baseline === undefined
        ? undefined
        : await baselineCommit(folder, choice.baseline === true ? undefined : choice.baseline);
    const before = commit === undefined ? undefined : await project.versions.at(commit);
    const files = suites.flatMap(({ file, caseFile }) => [file, caseFile].flatMap((path) => path ?? []));
    const edited = commit === undefined ? new Set<string>() : await filesSince(folder, commit, files);
    const alone = new Map<string, string>();
    const planned = suites.map((suite) => planSuite(suite, { project, before, edited, alone }));
    const unchanged = planned.filter(isUnchanged);
    const chosen = choice.changed ? planned.filter((entry) => !isUnchanged(entry)) : planned;
    return {
      project,
      suites: chosen,
      unchanged: unchanged.map(({ suite }) => suite.name),
      planned,
      swaps:
        before === undefined || !choice.attributes
          ? []
          : chosen.flatMap((entry) =>
              swapsOf(entry, (pin) => openTarget(entry.suite, project.sources(before.withPins([pin])))),
            ),
      alone,
      toolsOf: (signal) => judgeTools({ library, model: project.model.model, embed: project.embed }, signal),
      baseline: commit,
      placeOf: (name) =>
        placeFor(
          planned.find(({ suite }) => suite.name === name),
          project,
        ),
      [Symbol.dispose]: () => project[Symbol.dispose](),
    };
  } catch (error) {
    project[Symbol.dispose]();
    throw error;
  }
}

interface Planning {
  readonly project: EvalProject;
  /** The prompts of the baseline. */
  readonly before: PromptLibrary | undefined;
  /** Files of suites that differ from the baseline. */
  readonly edited: ReadonlySet<string>;
  readonly alone: Map<string, string>;
}

function planSuite(found: Suite, { project, before, edited, alone }: Planning): PlannedSuite {
  const { library, sources, model, embed } = project;
  const suite = withJudges(found, { library, model: model.model, embed });
  const after = openTarget(suite, sources(library));
  if (before === undefined) return { suite, after };
  const judges = judgePrompts(found).flatMap((name) => changedJudge(name, before, library));
  try {
    const target = openTarget(suite, sources(before));
    const planned = { suite, after, before: target, judges, isBlind: model.model.readsPrompts === false };
    const why = isUnchanged(planned) ? reasonToJudgeAnew(planned, edited) : undefined;
    if (why === undefined) return planned;
    alone.set(suite.name, why);
  } catch (error) {
    // A prompt that is new, or whose input was another one, has no earlier version that these cases could be given to.
    if (!BatonError.is(error)) throw error;
    alone.set(suite.name, `it has no baseline: ${error.message}`);
  }
  return { suite, after, judges };
}

/** Why a suite whose target is the same has to be run nevertheless. */
function reasonToJudgeAnew({ suite, judges = [] }: PlannedSuite, edited: ReadonlySet<string>): string | undefined {
  const [judge] = judges;
  if (judge !== undefined) {
    const [was, is] = [judge.before, judge.after].map((pin) => pin?.closure.slice(0, 8) ?? "none");
    return `its judge \`${judge.after?.name}\` changed (closure ${was} → ${is}), so earlier scores are not comparable.`;
  }
  const file = [suite.file, suite.caseFile].find((path) => path !== undefined && edited.has(path));
  return file === undefined ? undefined : `\`${file}\` changed, so earlier scores are not comparable.`;
}

function changedJudge(name: string, was: PromptLibrary, is: PromptLibrary): readonly PinPair[] {
  const [before, after] = [was, is].map((library) => {
    try {
      return library.pin(name);
    } catch (error) {
      if (BatonError.is(error)) return undefined;
      throw error;
    }
  });
  return before?.closure === after?.closure ? [] : [{ before, after }];
}

function placeFor(planned: PlannedSuite | undefined, { folder, roots, library }: EvalProject): PromptPlace | undefined {
  if (planned === undefined) return undefined;
  const [pair] = changedPins(planned);
  const { target } = planned.suite;
  const place =
    pair === undefined
      ? target.kind === "prompt"
        ? beginningOf(library.pin(target.prompt))
        : undefined
      : changedPlace(pair);
  const root = roots.find((candidate) => place !== undefined && existsSync(join(candidate, place.path)));
  if (root === undefined || place === undefined) return undefined;
  return { ...place, path: relative(folder, join(root, place.path)).split(sep).join("/") };
}
