import { z } from "zod";

import type { JsonObject } from "../core/json.ts";
import { FrontMatterKeys } from "./front-matter.ts";

/** The front matter of prompt files as a JSON schema, by which editors complete it; `front-matter.schema.json` holds it. */
export function frontMatterSchema(): JsonObject {
  const schema = z.toJSONSchema(FrontMatterKeys, {
    io: "input",
    // Values that Zod checks by a function of ours; what matters of them is said by `override`.
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === "custom" && isMap(zodSchema)) jsonSchema.type = "object";
    },
  });
  // Generated from our own schema: plain JSON.
  return {
    ...(schema as JsonObject),
    title: "Front matter of a Baton prompt file",
  };
}

/** A custom check has no structure to look at, but it can be asked. */
function isMap(schema: z.core.$ZodType): boolean {
  return z.safeParse(schema, {}).success && !z.safeParse(schema, "text").success;
}
