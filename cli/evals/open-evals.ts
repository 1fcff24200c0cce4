import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";

import { type BatonConfig, batonFolder, DEFAULT_OPENAI_MODEL, promptRoots } from "../../config.ts";
import { BatonError } from "../../core/errors.ts";
import { baselineCommit } from "../../evals/baseline.ts";
import { findSuites } from "../../evals/find-suites.ts";
import { isUnchanged } from "../../evals/impact.ts";
import { judgeOn, withJudges } from "../../evals/judge-model.ts";
import { openTarget, type TargetSources } from "../../evals/open-targets.ts";
import type { PlannedSuite } from "../../evals/plan.ts";
import type { ScorerTools } from "../../evals/scorer.ts";
import type { OpenTarget } from "../../evals/target.ts";
import type { Suite } from "../../evals/suite.ts";
import { priced } from "../../models/priced.ts";
import { priceList } from "../../models/price-list.ts";
import { chooseModel, type ModelChoice } from "../../models/resolve.ts";
import { PromptLibrary } from "../../prompts/library.ts";
import { PromptVersions } from "../../prompts/versions.ts";
import { loadConfig } from "../config-file.ts";
import { workflowTargets } from "./workflow-target.ts";

export interface EvalChoice {
  /** Names of suites, or beginnings of names that end at a slash; all suites when there are none. */
  readonly names: readonly string[];
  /** The version to compare with; `true` = where this branch left the main one, undefined = no comparison. */
  readonly baseline: string | true | undefined;
  /** Only suites whose prompts differ from the baseline. */
  readonly changed: boolean;
  /** Everything is answered from recordings: no key is needed. */
  readonly isReplay: boolean;
}

/** The suites of a project, bound to the prompts that are compared. */
export interface OpenEvals extends Disposable {
  readonly suites: readonly PlannedSuite[];
  /** Suites that were left out, since no prompt of theirs differs. */
  readonly unchanged: readonly string[];
  /** All suites that were asked for, whether or not they are left out. */
  readonly planned: readonly PlannedSuite[];
  /** Suites that the baseline cannot run, by name, and why: they are judged by themselves. */
  readonly news: ReadonlyMap<string, string>;
  readonly model: ModelChoice;
  /** Asks judges with the prompts of the working tree, on both sides: one judge for both. */
  readonly judge: NonNullable<ScorerTools["judge"]>;
  /** The baseline as it was found. */
  readonly baseline: string | undefined;
  /** The file of the prompt that a suite is for, as users know it; undefined when it is for several. */
  readonly promptFileOf: (suite: string) => string | undefined;
  /** Where the journal lies. */
  readonly journal: string;
  /** Where results are kept. */
  readonly kept: string;
  /** Where the cassettes lie. */
  readonly cassettes: string;
}

/** Reads the suites of the project in the current folder. Throws `suite-invalid`, `bad-usage` for unknown names, and what is wrong with the prompts. */
export async function openEvals(choice: EvalChoice): Promise<OpenEvals> {
  if (choice.isReplay) process.env["OPENAI_API_KEY"] ??= "replayed";
  const { config, folder } = await loadConfig(process.cwd());
  const roots = promptRoots(config, folder);
  const suites = chosenSuites(await findSuites({ folder, roots: [...roots, join(folder, "evals")] }), choice.names);
  const chosen = chooseModel(config.model, process.env, DEFAULT_OPENAI_MODEL);
  const model = { ...chosen, model: priced(chosen.model, priceList(config.prices)) };
  const library = await PromptLibrary.load(roots);
  const versions = new PromptVersions(roots, library);
  const sources = sourcesFor({ config, folder, model });
  try {
    const commit =
      choice.baseline === undefined
        ? undefined
        : await baselineCommit(folder, choice.baseline === true ? undefined : choice.baseline);
    const before = commit === undefined ? undefined : await versions.at(commit);
    const news = new Map<string, string>();
    const planned = suites.map((found): PlannedSuite => {
      const suite = withJudges(found, library, model.model);
      const after = openTarget(suite, sources(library));
      const baseline = before === undefined ? undefined : openBaseline(suite, sources(before), news);
      if (baseline === undefined) return { suite, after };
      return { suite, after, before: baseline, isBlind: model.model.readsPrompts === false };
    });
    const unchanged = planned.filter(isUnchanged);
    return {
      suites: choice.changed ? planned.filter((entry) => !isUnchanged(entry)) : planned,
      unchanged: unchanged.map(({ suite }) => suite.name),
      planned,
      news,
      model,
      judge: judgeOn(model.model, library),
      baseline: commit,
      promptFileOf: (name) =>
        promptFileFor(
          suites.find((suite) => suite.name === name),
          { library, folder, roots },
        ),
      journal: join(batonFolder(folder), "evals", "journal.jsonl"),
      kept: join(batonFolder(folder), "evals", "kept"),
      cassettes: join(folder, "evals", "cassettes"),
      [Symbol.dispose]: () => versions[Symbol.dispose](),
    };
  } catch (error) {
    versions[Symbol.dispose]();
    throw error;
  }
}

interface SourceParts {
  readonly config: BatonConfig;
  readonly folder: string;
  readonly model: ModelChoice;
}

function sourcesFor({ config, folder, model }: SourceParts): (library: PromptLibrary) => TargetSources {
  const workflowTarget = workflowTargets({ config, folder, model: model.model });
  return (library) => ({ library, workflows: config.workflows, model: model.model, workflowTarget });
}

/** A prompt that is new, or whose input was another one, has no earlier version that these cases could be given to. */
function openBaseline(suite: Suite, sources: TargetSources, news: Map<string, string>): OpenTarget | undefined {
  try {
    return openTarget(suite, sources);
  } catch (error) {
    if (!BatonError.is(error)) throw error;
    news.set(suite.name, error.message);
    return undefined;
  }
}

interface PromptPlace {
  readonly library: PromptLibrary;
  readonly folder: string;
  readonly roots: readonly string[];
}

function promptFileFor(suite: Suite | undefined, { library, folder, roots }: PromptPlace): string | undefined {
  if (suite?.target.kind !== "prompt") return undefined;
  const path = library.pin(suite.target.prompt).files[0]?.path;
  const root = roots.find((candidate) => path !== undefined && existsSync(join(candidate, path)));
  return root === undefined || path === undefined ? undefined : relative(folder, join(root, path)).split(sep).join("/");
}

function chosenSuites(suites: readonly Suite[], names: readonly string[]): readonly Suite[] {
  if (names.length === 0) return suites;
  const unknown = names.find((name) => !suites.some((suite) => isNamed(suite, name)));
  if (unknown === undefined) return suites.filter((suite) => names.some((name) => isNamed(suite, name)));
  const known = suites.map(({ name }) => `\`${name}\``).join(", ");
  throw new BatonError("bad-usage", `There is no suite \`${unknown}\`.`, {
    hint: known === "" ? "Write one as `<prompt>.eval.yaml` beside a prompt." : `Suites here: ${known}.`,
  });
}

function isNamed({ name }: Suite, given: string): boolean {
  return name === given || name.startsWith(given.endsWith("/") ? given : `${given}/`);
}
