import { z } from "zod";

import { StoredEvent } from "./events.ts";
import { TextEvent } from "./live-events.ts";

/** The JSON schema of one event of a run, for programs that are not written in TypeScript. Later versions may add types and fields. */
export function eventSchema(): z.core.JSONSchema.JSONSchema {
  const schema = z.toJSONSchema(z.union([StoredEvent, TextEvent]), {
    io: "input",
    override({ jsonSchema }) {
      delete jsonSchema.readOnly;
      // Every whole number that JavaScript can carry: says nothing to a reader.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return {
    ...schema,
    title: "Event of a run of Baton",
    description:
      "Stored events have `seq` and `at`; `text_received` and `text_discarded` are only shown while they happen.",
  };
}
