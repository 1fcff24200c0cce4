import { z } from "zod";

import { canonicalJson, isJsonObject, type JsonValue } from "../../core/json.ts";
import { identityOf, passes, type Scorer, type TracedTool } from "../scorer.ts";

const Call = z.union([
  z.string().transform((name) => ({ name, arguments: undefined })),
  z.strictObject({ name: z.string(), arguments: z.json().optional() }),
]);
interface Call {
  readonly name: string;
  readonly arguments?: JsonValue | undefined;
}

/**
 * The tools that were called. `strict`: these calls in this order; `unordered`: these calls in any order; `subset`: nothing but these;
 * `superset`: at least these (the modes of LangChain's agentevals). Arguments that are named must be among those of the call.
 */
export const Trajectory = z.strictObject({
  mode: z.enum(["strict", "unordered", "subset", "superset"]).default("strict"),
  tools: z.array(Call),
});

export function trajectory(given: z.input<typeof Trajectory>): Scorer {
  const { mode, tools } = Trajectory.parse(given);
  return {
    name: "trajectory",
    identity: identityOf("trajectory", given),
    score({ trace }) {
      const calls = trace.tools;
      const left = unmatched(tools, calls);
      const stray = unmatched(calls.map(asCall), tools.map(asTool), backwards);
      switch (mode) {
        case "strict":
          return passes(
            calls.length === tools.length && calls.every((found, at) => fitsOne(tools[at], found)),
            `Called ${named(calls)}, expected ${named(tools)} in this order.`,
          );
        case "unordered":
          return passes(
            left.length === 0 && calls.length === tools.length,
            `Called ${named(calls)}, expected ${named(tools)}.`,
          );
        case "subset":
          return passes(stray.length === 0, `Called ${named(stray)}, which is not expected.`);
        case "superset":
          return passes(left.length === 0, `Did not call ${named(left)}.`);
        default:
          return mode satisfies never;
      }
    },
  };
}

/** The expected calls for which no call is left. A call serves one expectation. */
function unmatched(wanted: readonly Call[], calls: readonly TracedTool[], test = fits): readonly Call[] {
  const free = [...calls];
  return wanted.filter((call) => {
    const at = free.findIndex((found) => test(call, found));
    if (at >= 0) free.splice(at, 1);
    return at < 0;
  });
}

function fitsOne(call: Call | undefined, found: TracedTool): boolean {
  return call !== undefined && fits(call, found);
}

function fits(call: Call, found: TracedTool): boolean {
  return found.name === call.name && holds(found.arguments, call.arguments);
}

/** `call` was made, `found` is what may be called. */
function backwards(call: Call, found: TracedTool): boolean {
  return found.name === call.name && holds(call.arguments ?? null, found.arguments);
}

function holds(found: JsonValue, wanted: JsonValue | undefined): boolean {
  if (wanted === undefined) return true;
  if (!isJsonObject(wanted) || !isJsonObject(found)) return canonicalJson(found) === canonicalJson(wanted);
  return Object.entries(wanted).every(([key, value]) => canonicalJson(found[key] ?? null) === canonicalJson(value));
}

function named(calls: readonly { readonly name: string }[]): string {
  return calls.length === 0 ? "nothing" : calls.map(({ name }) => `\`${name}\``).join(", ");
}

function asCall({ name, arguments: given }: TracedTool): Call {
  return { name, arguments: given };
}

function asTool({ name, arguments: given }: Call): TracedTool {
  return { name, arguments: given ?? {} };
}
