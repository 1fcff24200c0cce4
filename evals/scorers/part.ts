import { z } from "zod";

import { BatonError } from "../../core/errors.ts";
import type { JsonValue } from "../../core/json.ts";
import { parsePath, valueAt } from "../../core/path.ts";
import type { Scored } from "../scorer.ts";

/** Which part of the output a scorer looks at, and what that is compared with. */
export const Part = z.strictObject({
  /** Path in the output; the whole output when it is left out. */
  at: z.string().optional(),
  /** Path in the case's `expected`. */
  expectedAt: z.string().optional(),
});
export type Part = z.infer<typeof Part>;

type Answered = Pick<Scored, "output" | "expected">;

export function actualOf(scored: Answered, { at }: Part): JsonValue | undefined {
  if (at === undefined && isWhole(scored)) return scored.output;
  return at === undefined ? onlyValue(scored.output) : valueAt(scored.output, parsePath(at));
}

/** Throws when the case says nothing there: a comparison with nothing is a mistake of the suite, not of the answer. */
export function expectedOf(scored: Answered, { expectedAt, at }: Part): JsonValue {
  const path = expectedAt ?? (isSame(scored) ? at : undefined);
  const expected = path === undefined ? scored.expected : valueAt(scored.expected, parsePath(path));
  if (expected !== undefined) return expected;
  throw new BatonError(
    "suite-invalid",
    `A case has no \`expected\`${path === undefined ? "" : ` at \`${path}\``}, but a scorer compares with it.`,
    {
      hint: "Add `expected` to the case, or give the scorer a value of its own.",
    },
  );
}

/** An output of one field is meant by that field. */
function onlyValue(output: JsonValue): JsonValue {
  if (typeof output !== "object" || output === null || Array.isArray(output)) return output;
  const values = Object.values(output);
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : output;
}

/** Whether `expected` names the fields of the output, so that they are compared field by field. */
function isWhole({ output, expected }: Answered): boolean {
  if (!isRecord(output) || !isRecord(expected)) return false;
  return Object.keys(output ?? {}).join() === Object.keys(expected ?? {}).join();
}

/** Whether `expected` has the form of the output, so that one path means the same place in both. */
function isSame({ output, expected }: Answered): boolean {
  return isRecord(output) && isRecord(expected);
}

function isRecord(value: JsonValue | undefined): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
