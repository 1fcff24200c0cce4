import { z } from "zod";

import { BatonError } from "../../core/errors.ts";
import { isJsonObject, type JsonValue } from "../../core/json.ts";
import type { PairScorer, Scorer } from "../scorer.ts";
import { Citations, citations } from "./citations.ts";
import { JsonDiff, jsonDiff, JsonSchema, jsonSchema, ListOverlap, listOverlap, Numeric, numeric } from "./data.ts";
import { Embedding, embedding } from "./embedding.ts";
import { Judge, judge } from "./judge.ts";
import { Cost, cost, Latency, latency } from "./limits.ts";
import { Pairwise, pairwise } from "./pairwise.ts";
import { State, state } from "./state.ts";
import { Contains, contains, Exact, exact, Levenshtein, levenshtein, Regex, regex } from "./text.ts";
import { Trajectory, trajectory } from "./trajectory.ts";

/** Reads the options of a scorer as a suite file has them, and makes it. */
type Make = (options: JsonValue) => Scorer | PairScorer;

function maker<T extends z.ZodType>(schema: T, make: (options: z.output<T>) => Scorer | PairScorer): Make {
  return (options) => make(schema.parse(options));
}

/** The scorers that a suite file can name. */
const SCORERS: ReadonlyMap<string, Make> = new Map([
  ["citations", maker(Citations, citations)],
  ["exact", maker(Exact, exact)],
  ["contains", maker(Contains, contains)],
  ["regex", maker(Regex, regex)],
  ["levenshtein", maker(Levenshtein, levenshtein)],
  ["json-schema", maker(JsonSchema, jsonSchema)],
  ["json-diff", maker(JsonDiff, jsonDiff)],
  ["numeric", maker(Numeric, numeric)],
  ["list-overlap", maker(ListOverlap, listOverlap)],
  ["cost", maker(Cost, cost)],
  ["latency", maker(Latency, latency)],
  ["trajectory", maker(Trajectory, trajectory)],
  ["state", maker(State, state)],
  ["judge", maker(Judge, judge)],
  ["pairwise", maker(Pairwise, pairwise)],
  ["embedding", maker(Embedding, embedding)],
]);

/** Makes the scorer of that name; throws `suite-invalid` for an unknown name and for options that do not fit. */
export function scorerOf(name: string, options: JsonValue): Scorer | PairScorer {
  const make = SCORERS.get(name);
  if (make === undefined) {
    throw new BatonError("suite-invalid", `There is no scorer \`${name}\`.`, {
      hint: `Scorers: ${[...SCORERS.keys()].join(", ")}.`,
    });
  }
  try {
    return make(options === null ? {} : options);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const [issue] = error.issues;
    const place = issue === undefined || issue.path.length === 0 ? "" : ` at \`${issue.path.join(".")}\``;
    throw new BatonError(
      "suite-invalid",
      `The options of scorer \`${name}\` do not fit${place}: ${issue?.message ?? "unknown"}.`,
      {
        hint: isJsonObject(options) ? "Its options are listed in docs/evals.md." : "Write its options as a map.",
        cause: error,
      },
    );
  }
}
