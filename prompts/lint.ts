import { BatonError } from "../core/errors.ts";
import { inspectEntry, type Inspection } from "./checked-prompt.ts";
import type { PromptLibrary } from "./library.ts";
import { findRoles } from "./lint-roles.ts";
import { isPartialFile, promptNameOf } from "./name.ts";
import { ownText } from "./own-text.ts";
import { PromptError, type Place, printPlace } from "./prompt-error.ts";
import { findSecrets } from "./secrets.ts";
import { countTokens } from "../core/tokens.ts";

export type LintRule = "prompt" | "reads" | "roles" | "token-budget" | "secret" | "file-name" | "unused-file";

export interface LintProblem {
  readonly severity: "error" | "warning";
  readonly rule: LintRule;
  /** The prompt it was found in; a file that belongs to none, or to several, has none. */
  readonly prompt?: string;
  readonly message: string;
  readonly place?: Place;
  readonly hint?: string;
}

/** An agent's use of a prompt. */
export interface PromptUse {
  readonly workflow: string;
  readonly node: string;
  readonly prompt: string;
  readonly reads: readonly string[];
}

/** Finds every mistake in the prompts of a library and, where it is known who uses them, between prompts and agents; sorted by place. */
export async function lintPrompts(
  library: PromptLibrary,
  uses: readonly PromptUse[] = [],
): Promise<readonly LintProblem[]> {
  const inspected = library.names().map((name) => inspect(library, name));
  const ofPrompts = await Promise.all(inspected.map(problemsOf));
  const problems = [
    ...ofPrompts.flat(),
    ...uses.flatMap((use) => problemsOfUse(library, inspected, use)),
    ...library.files().flatMap((file) => ("text" in file ? secretProblems(file) : refusalProblem(file))),
    ...library.files().flatMap(({ path, shown }) => nameProblem(path, shown)),
    ...unusedFiles(library, inspected),
  ];
  return distinct(problems).toSorted(byPlace);
}

interface Inspected {
  readonly name: string;
  readonly used: ReadonlySet<string>;
  /** How the source of the prompt names a file. */
  show(path: string): string;
  readonly result: Inspection | { readonly failure: BatonError };
}

function inspect(library: PromptLibrary, name: string): Inspected {
  const { entry, used } = library.entry(name);
  const result = attempt(() => inspectEntry(entry));
  return {
    name,
    result,
    show: entry.files.show,
    used: new Set([...used.keys()].map((path) => entry.files.show(path))),
  };
}

function attempt(inspection: () => Inspection): Inspected["result"] {
  try {
    return inspection();
  } catch (error) {
    if (BatonError.is(error)) return { failure: error };
    throw error;
  }
}

async function problemsOf({ name, result }: Inspected): Promise<readonly LintProblem[]> {
  if ("failure" in result) return [fromError(name, result.failure)];
  return [
    ...result.problems.map((problem) => fromError(name, problem)),
    ...roleProblems(name, result),
    ...(await budgetProblem(name, result)),
  ];
}

/** The message of a `PromptError` ends with its place, which a line of lint output starts with. */
function fromError(prompt: string, error: BatonError): LintProblem {
  const place = error instanceof PromptError ? error.place : undefined;
  const end = place === undefined ? "" : ` (${printPlace(place)})`;
  const message = error.message.endsWith(end)
    ? error.message.slice(0, error.message.length - end.length)
    : error.message;
  return {
    severity: "error",
    rule: "prompt",
    prompt,
    message,
    ...(place === undefined ? {} : { place }),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  };
}

function roleProblems(prompt: string, { template, placeOfSetting }: Inspection): readonly LintProblem[] {
  const { lateSystems, hasUserMessage, endsWithModel } = findRoles(template);
  const warn = (message: string, place: Place, hint: string): LintProblem => ({
    severity: "warning",
    rule: "roles",
    prompt,
    message: `Prompt \`${prompt}\` ${message}.`,
    place,
    hint,
  });
  const start = { ...placeOfSetting([]), line: 1, column: 1 };
  return [
    ...lateSystems.map((place) =>
      warn(
        "can have a system message after another message",
        place,
        "Put it first: some models refuse it there, others move it.",
      ),
    ),
    ...(hasUserMessage
      ? []
      : [warn("has no user message", start, 'Add `{{role "user"}}`: many models answer only a user.')]),
    ...(endsWithModel
      ? [warn("can end with a message of the model", start, 'End with `{{role "user"}}`: some models refuse this.')]
      : []),
  ];
}

async function budgetProblem(
  prompt: string,
  { prompt: { baton }, template, placeOfSetting }: Inspection,
): Promise<readonly LintProblem[]> {
  const { tokenBudget } = baton;
  if (typeof tokenBudget !== "number") return [];
  const tokens = await countTokens([ownText(template)]);
  if (tokens <= tokenBudget) return [];
  const dotted = placeOfSetting(["baton.tokenBudget"]);
  const place = dotted.line === placeOfSetting([]).line ? placeOfSetting(["ext", "baton", "tokenBudget"]) : dotted;
  return [
    {
      severity: "error",
      rule: "token-budget",
      prompt,
      message: `Prompt \`${prompt}\` takes ${tokens} tokens without any value; its budget is ${tokenBudget}.`,
      place,
      hint: "Shorten the template, or raise `baton.tokenBudget`.",
    },
  ];
}

function problemsOfUse(
  library: PromptLibrary,
  inspected: readonly Inspected[],
  use: PromptUse,
): readonly LintProblem[] {
  const own = inspected.find(({ name }) => name === use.prompt);
  const found = own ?? attempt(() => inspectEntry(library.entry(use.prompt).entry));
  const result = "result" in found ? found.result : found;
  const severity = "error";
  const rule = "reads";
  if ("failure" in result) {
    // A broken file of the user is reported once, where it is broken.
    if (own !== undefined) return [];
    const { message, hint } = result.failure;
    const where = `Agent \`${use.node}\` of workflow \`${use.workflow}\``;
    return [{ severity, rule, message: `${where}: ${message}`, ...(hint === undefined ? {} : { hint }) }];
  }
  return result.prompt.variables
    .filter(({ name, required }) => required && !use.reads.includes(name))
    .map(({ name }) => ({
      severity,
      rule,
      prompt: use.prompt,
      message: `Prompt \`${use.prompt}\` needs \`${name}\`, but agent \`${use.node}\` of workflow \`${use.workflow}\` does not read it.`,
      place: result.placeOfVariable(name),
      hint: `Add "${name}" to \`reads\` of the agent, or remove the variable from the prompt's input.`,
    }));
}

function secretProblems({ shown, text }: { readonly shown: string; readonly text: string }): readonly LintProblem[] {
  return findSecrets(text).map(({ kind, line, column }) => ({
    severity: "error",
    rule: "secret",
    message: `\`${shown}\` holds what looks like ${kind}.`,
    place: { path: shown, line, column },
    hint: "Revoke it, since Git keeps it; pass what a prompt needs as a variable.",
  }));
}

function refusalProblem({ refusal }: { readonly refusal: BatonError }): readonly LintProblem[] {
  const { prompt: _none, ...problem } = fromError("", refusal);
  return [problem];
}

function nameProblem(path: string, shown: string): readonly LintProblem[] {
  if (!path.endsWith(".prompt") || isPartialFile(path) || promptNameOf(path) !== undefined) return [];
  return [
    {
      severity: "error",
      rule: "file-name",
      message: `\`${shown}\` can never be used: its name is no prompt name.`,
      place: { path: shown, line: 1 },
      hint: "Use letters, digits, `-` and `_`: `write.prompt`, or `write.concise.prompt` for a variant.",
    },
  ];
}

/** Partials and schemas that no prompt reads. Nothing is known of them as long as a prompt cannot be read to its end. */
function unusedFiles(library: PromptLibrary, inspected: readonly Inspected[]): readonly LintProblem[] {
  if (inspected.some(({ result }) => "failure" in result)) return [];
  const used = new Set(inspected.flatMap((prompt) => [...prompt.used]));
  return library
    .files()
    .filter(({ path, shown }) => !used.has(shown) && (isPartialFile(path) || path.endsWith(".json")))
    .map(({ path, shown }) => ({
      severity: "warning",
      rule: "unused-file",
      message: `No prompt uses the ${path.endsWith(".json") ? "schema" : "partial"} \`${shown}\`.`,
      place: { path: shown, line: 1 },
      hint: "Remove it, or include it.",
    }));
}

/** A partial's mistake is found once in each prompt that includes it. */
function distinct(problems: readonly LintProblem[]): readonly LintProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify([problem.place, problem.message]), problem])).values()];
}

function byPlace(one: LintProblem, other: LintProblem): number {
  const [a, b] = [one.place, other.place];
  const path = (a?.path ?? "").localeCompare(b?.path ?? "", "en");
  return path === 0 ? (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0) : path;
}
