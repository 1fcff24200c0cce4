import { join } from "node:path";

import { type BatonConfig, batonFolder, DEFAULT_OPENAI_MODEL, promptRoots } from "../../config.ts";
import type { Embed } from "../../core/embed.ts";
import { BatonError } from "../../core/errors.ts";
import { findSuites } from "../../evals/find-suites.ts";
import type { TargetSources } from "../../evals/open-targets.ts";
import type { Suite } from "../../evals/suite.ts";
import { openaiEmbed } from "../../models/openai-embed.ts";
import { priceList } from "../../models/price-list.ts";
import { priced } from "../../models/priced.ts";
import { chooseModel, type ModelChoice } from "../../models/resolve.ts";
import { PromptLibrary } from "../../prompts/library.ts";
import { PromptVersions } from "../../prompts/versions.ts";
import { loadConfig } from "../config-file.ts";
import { workflowTargets } from "./workflow-target.ts";

/** What evals need of a project: its suites, its prompts in all versions, and the model. */
export interface EvalProject extends Disposable {
  readonly config: BatonConfig;
  readonly folder: string;
  /** Folders of prompts. */
  readonly roots: readonly string[];
  readonly suites: readonly Suite[];
  readonly model: ModelChoice;
  readonly embed: Embed | undefined;
  /** The prompts of the working tree. */
  readonly library: PromptLibrary;
  readonly versions: PromptVersions;
  readonly sources: (library: PromptLibrary) => TargetSources;
  /** Where the journal lies. */
  readonly journal: string;
  /** Where results are kept. */
  readonly kept: string;
  /** Where the cassettes lie. */
  readonly cassettes: string;
}

/** Reads the project in the current folder. Throws `suite-invalid`, and what is wrong with the config or the prompts. */
export async function openEvalProject(): Promise<EvalProject> {
  const { config, folder } = await loadConfig(process.cwd());
  const roots = promptRoots(config, folder);
  const suites = await findSuites({ folder, roots: [...roots, join(folder, "evals")] });
  const chosen = chooseModel(config.model, process.env, DEFAULT_OPENAI_MODEL);
  const model = { ...chosen, model: priced(chosen.model, priceList(config.prices)) };
  const library = await PromptLibrary.load(roots);
  const versions = new PromptVersions(roots, library);
  const workflowTarget = workflowTargets({ config, folder, model: model.model });
  return {
    config,
    folder,
    roots,
    suites,
    model,
    embed: config.embed ?? embedOf(process.env),
    library,
    versions,
    sources: (from) => ({ library: from, workflows: config.workflows, model: model.model, workflowTarget }),
    journal: join(batonFolder(folder), "evals", "journal.jsonl"),
    kept: join(batonFolder(folder), "evals", "kept"),
    cassettes: join(folder, "evals", "cassettes"),
    [Symbol.dispose]: () => versions[Symbol.dispose](),
  };
}

/** The suites of these names, or below them; all when none is named. Throws `bad-usage` for a name that is none. */
export function chosenSuites(suites: readonly Suite[], names: readonly string[]): readonly Suite[] {
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

function embedOf(env: NodeJS.ProcessEnv): Embed | undefined {
  return (env["OPENAI_API_KEY"] ?? "") === "" ? undefined : openaiEmbed(undefined, { env });
}
