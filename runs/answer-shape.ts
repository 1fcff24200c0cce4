import { z } from "zod";

import type { JsonObject, JsonValue } from "../core/json.ts";

/** Says what is wrong with an answer against the JSON schema of its question; undefined when nothing is, or when the schema cannot be checked here. */
export function misfit(schema: JsonObject, answer: JsonValue): string | undefined {
  const result = typeOf(schema)?.safeParse(answer);
  if (result === undefined || result.success) return undefined;
  return result.error.issues
    .slice(0, MOST_ISSUES)
    .map(({ path, message }) => (path.length === 0 ? message : `\`${path.join(".")}\`: ${message}`))
    .join("; ");
}

const MOST_ISSUES = 5;

/** The node checks the answer itself; a schema that zod cannot read is left to it. */
function typeOf(schema: JsonObject): z.ZodType | undefined {
  try {
    // zod types a JSON schema member by member; what it cannot read makes it throw.
    return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  } catch {
    return undefined;
  }
}
