import { z } from "zod";

import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { StandardSchema } from "./standard-schema.ts";

const ANY_OBJECT: JsonObject = { type: "object", properties: {} };

/** A JSON schema of another program as a schema of arguments: shown to the model as it is, and checked as far as it can be. */
export function describedSchema(given: JsonValue | undefined): StandardSchema<JsonObject> {
  const schema = isJsonObject(given) && given["type"] === "object" ? { ...ANY_OBJECT, ...given } : ANY_OBJECT;
  const print = (): JsonObject => schema;
  return {
    "~standard": { validate: validatorOf(schema), jsonSchema: { input: print, output: print } },
  };
}

function validatorOf(schema: JsonObject): (value: unknown) => unknown {
  try {
    const checked = z.fromJSONSchema(schema);
    return (value) => checked["~standard"].validate(value);
  } catch {
    // A keyword that this program does not know: the other one checks its arguments itself.
    const checked = z.record(z.string(), z.unknown());
    return (value) => checked["~standard"].validate(value);
  }
}
