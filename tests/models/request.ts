import type { JsonObject } from "../../core/json.ts";
import type { ModelRequest } from "../../models/model.ts";

/** The schema of an object with these properties, all required. */
export function objectSchema(properties: JsonObject): JsonObject {
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}

/** A request for `{ reply: string }`, with the given parts replaced. */
export function modelRequest(parts: Partial<ModelRequest> = {}): ModelRequest {
  return {
    messages: [
      { role: "system", content: "You are brief." },
      { role: "user", content: "Say hello." },
    ],
    output: { name: "update", schema: objectSchema({ reply: { type: "string" } }), strict: true },
    input: {},
    passages: [],
    settings: {},
    ...parts,
  };
}

/** A request that asks offline() for these properties. */
export function offlineRequest(properties: JsonObject, parts: Partial<ModelRequest> = {}): ModelRequest {
  return modelRequest({ output: { name: "update", schema: objectSchema(properties), strict: true }, ...parts });
}
