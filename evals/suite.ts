import { z } from "zod";

import { isJsonObject, type JsonValue } from "../core/json.ts";
import type { Case } from "./case.ts";
import { CaseSpec, toCase } from "./case.ts";
import { type PairScorer, passes, type Score, type Scored, type Scorer } from "./scorer.ts";
import { scorerOf } from "./scorers/registry.ts";
import { suiteInvalid } from "./suite-error.ts";

/** What a suite runs: one prompt, one agent of a workflow (`brief/writer`), or a whole workflow. */
export type Target =
  | { readonly kind: "prompt"; readonly prompt: string }
  | { readonly kind: "agent"; readonly workflow: string; readonly node: string }
  | { readonly kind: "workflow"; readonly workflow: string };

export interface SuiteScorer {
  readonly scorer: Scorer;
  /** Decides the verdict; one that does not only informs. */
  readonly gates: boolean;
}

/** A scorer that needs a baseline. */
export interface SuitePairScorer {
  readonly scorer: PairScorer;
  readonly gates: boolean;
}

export const Gate = z.strictObject({
  /** The drop of a mean score that counts. */
  margin: z.number().positive().max(1).default(0.05),
  /** Certainty of a verdict. */
  confidence: z.number().min(0.5).max(0.999).default(0.95),
  /** Without a baseline: the least mean of each gating scorer. */
  atLeast: z.number().min(0).max(1).default(1),
});
export type Gate = z.output<typeof Gate>;

/** Cases, what they run, and how their answers are judged. */
export interface Suite {
  readonly name: string;
  /** The file it was read from, as users know it; undefined for one that was made in a program. */
  readonly file: string | undefined;
  /** The file beside it that its cases come from; undefined when they stand in it. */
  readonly caseFile?: string;
  readonly description: string | undefined;
  readonly target: Target;
  readonly cases: readonly Case[];
  readonly scorers: readonly SuiteScorer[];
  /** Judge the answers of two versions side by side; they play no part without a baseline. */
  readonly pairScorers: readonly SuitePairScorer[];
  readonly repeats: number;
  readonly gate: Gate;
  /** Mean score from which a case counts as passed. */
  readonly passAt: number;
}

const ScorerKeys = { name: z.string().optional(), gates: z.boolean().default(true) };

/** The keys of a suite, in YAML and in `defineEval()`; cases are given apart. */
export const SuiteSpec = z.strictObject({
  description: z.string().optional(),
  prompt: z.string().optional(),
  agent: z
    .string()
    .regex(/^[^/]+\/[^/]+$/u, "Write it as `workflow/node`.")
    .optional(),
  workflow: z.string().optional(),
  repeats: z.number().int().min(1).max(1000).default(1),
  passAt: z.number().min(0).max(1).default(1),
  gate: Gate.prefault({}),
  scorers: z.array(z.union([z.string(), z.record(z.string(), z.json())])).min(1),
});
export type SuiteSpec = z.output<typeof SuiteSpec>;

/** A scorer as programs write it, the common shape of eval libraries: 0–1, or right and wrong. */
export type ScorerFunction = (cell: {
  readonly input: Scored["input"];
  readonly output: JsonValue;
  readonly expected: JsonValue | undefined;
  readonly trace: Scored["trace"];
}) => UserScore | Promise<UserScore>;
export type UserScore =
  | number
  | boolean
  | { readonly score: number | boolean; readonly reason?: string; readonly name?: string };

export interface EvalSpec extends Omit<z.input<typeof SuiteSpec>, "scorers"> {
  readonly name: string;
  readonly cases: readonly CaseSpec[];
  /** Names of built-in scorers, maps as in YAML, or functions; a function's name is the scorer's name. */
  readonly scorers: readonly (string | Readonly<Record<string, JsonValue>> | ScorerFunction)[];
}

/** Defines a suite in TypeScript: export it from a `*.eval.ts` file. Throws `suite-invalid`. */
export function defineEval({ name, cases, scorers, ...spec }: EvalSpec): Suite {
  const named = scorers.filter((scorer) => typeof scorer !== "function");
  const own = scorers.filter((scorer) => typeof scorer === "function");
  const parsed = SuiteSpec.omit({ scorers: true }).safeParse(spec);
  if (!parsed.success)
    throw suiteInvalid({ message: `Suite \`${name}\` does not fit: ${z.prettifyError(parsed.error)}` });
  return makeSuite({
    ...parsed.data,
    name,
    file: undefined,
    // One by one, so that what is only needed to check them does not pile up.
    cases: cases.map((entry, at) => readCase(entry, `Case ${at + 1} of suite \`${name}\``)),
    scorers: [
      ...named.map((entry) => suiteScorer(entry)),
      ...own.map((fn, at) => ({ scorer: fromFunction(fn, at), gates: true })),
    ],
  });
}

function readCase(entry: CaseSpec, place: string): Case {
  const read = CaseSpec.safeParse(entry);
  if (read.success) return toCase(read.data);
  throw suiteInvalid({ message: `${place} does not fit: ${z.prettifyError(read.error)}` });
}

export interface SuiteParts extends Omit<SuiteSpec, "scorers"> {
  readonly name: string;
  readonly file: string | undefined;
  readonly caseFile?: string;
  readonly cases: readonly Case[];
  /** Of both kinds. */
  readonly scorers: readonly (SuiteScorer | SuitePairScorer)[];
}

/** Joins what was read into a suite. Throws `suite-invalid` for no target, no case, and names that stand twice. */
export function makeSuite({ name, file, caseFile, cases, scorers, ...spec }: SuiteParts): Suite {
  const place = file === undefined ? {} : { place: { path: file, line: 1 } };
  if (cases.length === 0)
    throw suiteInvalid({
      message: `Suite \`${name}\` has no cases.`,
      ...place,
      hint: "A suite that runs nothing must not look green.",
    });
  const twice = repeated(cases.map(({ id }) => id));
  if (twice !== undefined)
    throw suiteInvalid({
      message: `Suite \`${name}\` has two cases with the id \`${twice}\`.`,
      ...place,
      hint: "Give one of them another `id`, or remove it.",
    });
  const same = repeated(scorers.map(({ scorer }) => scorer.name));
  if (same !== undefined)
    throw suiteInvalid({
      message: `Suite \`${name}\` has two scorers called \`${same}\`.`,
      ...place,
      hint: "Give one of them a `name`.",
    });
  const { description, repeats, passAt, gate } = spec;
  return {
    name,
    file,
    ...(caseFile === undefined ? {} : { caseFile }),
    description,
    target: targetOf(name, spec, place),
    cases,
    scorers: scorers.filter(isSingle),
    pairScorers: scorers.filter(isPair),
    repeats,
    gate,
    passAt,
  };
}

function isSingle(entry: SuiteScorer | SuitePairScorer): entry is SuiteScorer {
  return "score" in entry.scorer;
}

function isPair(entry: SuiteScorer | SuitePairScorer): entry is SuitePairScorer {
  return "compare" in entry.scorer;
}

/** Reads one entry of `scorers`: a name, or a map of one scorer's name to its options, with `name` and `gates` beside it. */
export function suiteScorer(entry: string | Readonly<Record<string, JsonValue>>): SuiteScorer | SuitePairScorer {
  if (typeof entry === "string") return asEntry(scorerOf(entry, {}), { gates: true });
  const { name, gates, ...rest } = entry;
  const keys = z.strictObject(ScorerKeys).safeParse({ name, gates });
  const [[kind, options] = [], ...more] = Object.entries(rest);
  if (!keys.success || kind === undefined || options === undefined || more.length > 0)
    throw suiteInvalid({
      message: `A scorer is a name or a map with one scorer in it, got \`${Object.keys(entry).join(", ")}\`.`,
      hint: "Write for example `- contains: { text: tea }`.",
    });
  const scorer = scorerOf(kind, isJsonObject(options) ? options : {});
  return asEntry(scorer, keys.data);
}

interface EntryKeys {
  readonly name?: string | undefined;
  readonly gates: boolean;
}

function asEntry(scorer: Scorer | PairScorer, { name = scorer.name, gates }: EntryKeys): SuiteScorer | SuitePairScorer {
  return "score" in scorer ? { scorer: { ...scorer, name }, gates } : { scorer: { ...scorer, name }, gates };
}

/** Wraps a function of the common scorer shape. Its source is its identity. */
function fromFunction(fn: ScorerFunction, at: number): Scorer {
  const name = fn.name === "" ? `scorer ${at + 1}` : fn.name;
  return {
    name,
    identity: { scorer: "function", name, source: fn.toString() },
    score: async ({ input, output, expected, trace }) => toScore(name, await fn({ input, output, expected, trace })),
  };
}

function toScore(name: string, given: UserScore): Score {
  if (typeof given === "boolean") return passes(given, `\`${name}\` says no.`);
  if (typeof given === "number") return checkedScore(name, { score: given });
  const { score, reason } = given;
  if (typeof score === "boolean") return passes(score, reason ?? `\`${name}\` says no.`);
  return checkedScore(name, { score, ...(reason === undefined ? {} : { reason }) });
}

function checkedScore(name: string, score: Score): Score {
  if (score.score >= 0 && score.score <= 1) return score;
  throw suiteInvalid({
    message: `Scorer \`${name}\` gave ${score.score}; a score lies between 0 and 1.`,
    hint: "Scale it.",
  });
}

type TargetKeys = Pick<SuiteSpec, "prompt" | "agent" | "workflow">;

function targetOf(name: string, { prompt, agent, workflow }: TargetKeys, place: object): Target {
  const given = [prompt, agent, workflow].filter((target) => target !== undefined);
  if (given.length !== 1)
    throw suiteInvalid({
      message: `Suite \`${name}\` names ${given.length === 0 ? "no target" : "more than one target"}.`,
      ...place,
      hint: "Give one of `prompt`, `agent` and `workflow`.",
    });
  if (prompt !== undefined) return { kind: "prompt", prompt };
  if (workflow !== undefined) return { kind: "workflow", workflow };
  const [id = "", node = ""] = (agent ?? "").split("/");
  return { kind: "agent", workflow: id, node };
}

function repeated(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}
