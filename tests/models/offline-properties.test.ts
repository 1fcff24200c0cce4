import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";

import type { JsonObject, JsonValue } from "../../core/json.ts";
import type { ModelRequest } from "../../models/model.ts";
import { NO_ANSWER } from "../../models/offline/material.ts";
import { offline } from "../../models/offline.ts";
import { modelRequest } from "./request.ts";
import { answerSchema } from "./schemas.ts";

const words = fc.constantFrom(
  "run",
  "Baton",
  "resumes",
  "checkpoint",
  "the",
  "Redis",
  "12",
  "失敗",
  "naïve",
  "3.5",
  "writer",
  "is",
  "store",
  "x",
);
const sentence = fc.array(words, { minLength: 1, maxLength: 12 }).map((parts) => `${parts.join(" ")}.`);
const text = fc.oneof(
  sentence,
  fc.array(sentence, { maxLength: 6 }).map((parts) => parts.join(" ")),
  fc.string({ unit: "grapheme", maxLength: 60 }),
);
const record = fc.record({ claim: sentence, file: fc.constantFrom("a.md", "b.md"), line: fc.nat(99) });

const input: fc.Arbitrary<JsonObject> = fc.record(
  {
    question: text,
    topic: text,
    draft: text,
    facts: fc.array(text, { maxLength: 5 }),
    findings: fc.array(record, { maxLength: 4 }),
    gaps: fc.array(text, { maxLength: 2 }),
    count: fc.nat(),
    flag: fc.boolean(),
  },
  { requiredKeys: [] },
);
const passages = fc.array(
  fc.record({ text, meta: fc.record({ file: fc.constantFrom("a.md", "b.md"), line: fc.nat(500), heading: text }) }),
  { maxLength: 8 },
);

const request: fc.Arbitrary<ModelRequest> = fc
  .record({ schema: answerSchema, input, passages })
  .map(({ schema, ...given }) => modelRequest({ ...given, output: { name: "update", schema, strict: true } }));

async function answer(asked: ModelRequest): Promise<JsonValue> {
  const { text: json } = await offline().generate(asked);
  // JSON.parse is typed `any`; whatever it returns is a JsonValue by definition.
  return JSON.parse(json) as JsonValue;
}

test("every answer fits its schema", async () => {
  await fc.assert(
    fc.asyncProperty(request, async (asked) => {
      const value = await answer(asked);
      // zod's parameter is its own JSON schema type; ours is plain JSON of the same shape.
      const result = z.fromJSONSchema(asked.output.schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value);
      expect(result.error?.issues ?? [], JSON.stringify(value)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test("equal requests get equal answers", async () => {
  await fc.assert(
    fc.asyncProperty(request, async (asked) => {
      expect(await offline().generate(structuredClone(asked))).toEqual(await offline().generate(asked));
    }),
    { numRuns: 200 },
  );
});

test("every text it writes is made of true pieces of the given text", async () => {
  const free: JsonObject = {
    type: "object",
    properties: {
      summary: { type: "string" },
      facts: { type: "array", items: { type: "string" } },
      findings: {
        type: "array",
        items: { type: "object", properties: { claim: { type: "string" } }, required: ["claim"] },
      },
    },
    required: ["summary", "facts", "findings"],
  };
  const free$ = fc
    .record({ input, passages })
    .map((given) => modelRequest({ ...given, output: { name: "update", schema: free, strict: true } }));
  await fc.assert(
    fc.asyncProperty(free$, async (asked) => {
      const given = collapsed(
        [
          ...stringsIn(asked.input),
          ...asked.passages.flatMap(({ text: passage, meta }) => [passage, ...stringsIn(meta)]),
        ].join("\n"),
      );
      for (const written of stringsIn(await answer(asked))) {
        expect(leftOver(collapsed(written), given), written).toBe("");
      }
    }),
    { numRuns: 500 },
  );
});

/** What remains of a text after its longest beginnings found in the material are taken away, one after another. */
function leftOver(written: string, given: string): string {
  let rest = written === NO_ANSWER ? "" : written;
  while (rest !== "") {
    const piece = longestBeginning(rest, given);
    if (piece < Math.min(3, rest.replace(/\.$/u, "").length)) return rest;
    // A full stop is added behind a list item that has none.
    rest = rest.slice(Math.max(piece, 1)).replace(/^\.?\s*/u, "");
  }
  return rest;
}

function longestBeginning(rest: string, given: string): number {
  let length = rest.length;
  while (length > 0 && !given.includes(rest.slice(0, length))) length -= 1;
  return length;
}

function stringsIn(value: JsonValue): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

function collapsed(value: string): string {
  return value.replace(/[\s>]+/gu, " ").trim();
}
