import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";

import type { JsonObject, JsonValue } from "../../core/json.ts";
import type { ModelRequest } from "../../models/model.ts";
import { NO_ANSWER } from "../../models/offline/material.ts";
import { sentencesOf } from "../../models/offline/sentences.ts";
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
      const given = [
        ...stringsIn(asked.input),
        ...asked.passages.flatMap(({ text: passage, meta }) => [passage, ...stringsIn(meta)]),
      ];
      const sentences = given.flatMap((whole) => sentencesOf(whole).map((part) => ({ whole, part })));
      for (const { whole, part } of sentences) expect(collapsed(whole)).toContain(collapsed(part));
      const pieces = [...given, ...sentences.map(({ part }) => part)].map(collapsed).filter((piece) => piece !== "");
      for (const written of stringsIn(await answer(asked)))
        expect(isMadeOf(collapsed(written), pieces), written).toBe(true);
    }),
    { numRuns: 500 },
  );
});

/** True when the text is a row of whole given pieces; behind a list item without a full stop, one is added. */
function isMadeOf(written: string, pieces: readonly string[]): boolean {
  if (written === "" || written === NO_ANSWER) return true;
  return pieces
    .flatMap((piece) => [piece, `${piece}.`])
    .some(
      (piece) =>
        written.startsWith(piece) &&
        /^(?: |$)/u.test(written.slice(piece.length)) &&
        isMadeOf(written.slice(piece.length).trimStart(), pieces),
    );
}

function stringsIn(value: JsonValue): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

function collapsed(value: string): string {
  return value.replace(/[\s>]+/gu, " ").trim();
}
