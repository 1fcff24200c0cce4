import { stringify } from "yaml";
import { describe, expect, test } from "vitest";

import type { JsonObject, JsonValue } from "../../core/json.ts";
import { isPartialFile, partialCandidates, promptFileOf, promptNameOf, schemaCandidates } from "../../prompts/name.ts";
import { compileTexts } from "./prompt-texts.ts";

const CLOSED = { additionalProperties: false };

/** The JSON schema that an `output.schema` stands for. */
function schemaOf(schema: JsonValue, others: Readonly<Record<string, string>> = {}): JsonObject | undefined {
  return compileTexts({ "a.prompt": `---\n${stringify({ output: { schema } })}---\nHi`, ...others }).output;
}

describe("Picoschema", () => {
  test.each<[schema: JsonValue, meaning: JsonObject]>([
    ["string", { type: "string" }],
    ["number, how many", { type: "number", description: "how many" }],
    ["integer,close, with a comma", { type: "integer", description: "close, with a comma" }],
    ["boolean", { type: "boolean" }],
    ["null", { type: "null" }],
    ["any", {}],
    ["any, whatever fits", { description: "whatever fits" }],
    [{ a: "string" }, { type: "object", properties: { a: { type: "string" } }, required: ["a"], ...CLOSED }],
    [{ "a?": "string" }, { type: "object", properties: { a: { type: ["string", "null"] } }, required: [], ...CLOSED }],
    [{ "a?": "any" }, { type: "object", properties: { a: {} }, required: [], ...CLOSED }],
    [
      { "tags(array, what it is about)": "string" },
      {
        type: "object",
        properties: { tags: { type: "array", items: { type: "string" }, description: "what it is about" } },
        required: ["tags"],
        ...CLOSED,
      },
    ],
    [
      { "people(array)": { name: "string", "age?": "integer" } },
      {
        type: "object",
        properties: {
          people: {
            type: "array",
            items: {
              type: "object",
              properties: { name: { type: "string" }, age: { type: ["integer", "null"] } },
              required: ["name"],
              ...CLOSED,
            },
          },
        },
        required: ["people"],
        ...CLOSED,
      },
    ],
    [
      { "place?(object, where)": { city: "string" } },
      {
        type: "object",
        properties: {
          place: {
            type: ["object", "null"],
            properties: { city: { type: "string" } },
            required: ["city"],
            description: "where",
            ...CLOSED,
          },
        },
        required: [],
        ...CLOSED,
      },
    ],
    [
      { "size(enum)": ["small", "large"], "mood?(enum, how)": ["good"] },
      {
        type: "object",
        properties: { size: { enum: ["small", "large"] }, mood: { enum: ["good", null], description: "how" } },
        required: ["size"],
        ...CLOSED,
      },
    ],
    [
      { id: "string", "(*)": "number, a score" },
      {
        type: "object",
        properties: { id: { type: "string" } },
        required: ["id"],
        additionalProperties: { type: "number", description: "a score" },
      },
    ],
    [{ properties: { a: { type: "string" } } }, { type: "object", properties: { a: { type: "string" } } }],
    [{ type: "object" }, { type: "object" }],
    [{ type: "string" }, { type: "object", properties: { type: { type: "string" } }, required: ["type"], ...CLOSED }],
  ])("%j means a JSON schema", (schema, meaning) => {
    expect(schemaOf(schema)).toEqual(meaning);
  });

  test("calls a schema of a file by its name, with a description of its own", () => {
    const file = { "schemas/Place.schema.json": '{"type":"object","properties":{"city":{"type":"string"}}}' };
    const place = { type: "object", properties: { city: { type: "string" } } };
    expect(schemaOf("Place", file)).toEqual(place);
    expect(schemaOf({ "home(array)": "Place, a home" }, file)).toMatchObject({
      properties: { home: { type: "array", items: { ...place, description: "a home" } } },
    });
  });

  test.each<[schema: JsonValue, message: string]>([
    ["strings", "neither built in nor a file"],
    [[], "neither a type nor a map"],
    [3, "neither a type nor a map"],
    [{ "a b": "string" }, "is not a field"],
    [{ "a(list)": "string" }, "is not a field"],
    [{ "a(enum)": [] }, "enum without values"],
    [{ "a(enum)": "x" }, "enum without values"],
    [{ a: "string", "a?": "string" }, "declares `a` twice"],
  ])("refuses %j with a place", (schema, message) => {
    expect(() => schemaOf(schema)).toThrow(message);
    expect(() => schemaOf(schema)).toThrow(/\(a\.prompt:\d+:\d+\)$/u);
  });
});

describe("file names", () => {
  test.each([
    ["a.prompt", "a"],
    ["brief/write.prompt", "brief/write"],
    ["brief/write.concise.prompt", "brief/write#concise"],
    ["A-1_b.prompt", "A-1_b"],
  ])("%s is the prompt %s, and back", (file, name) => {
    expect(promptNameOf(file)).toBe(name);
    expect(promptFileOf(name)).toBe(file);
    expect(isPartialFile(file)).toBe(false);
  });

  test.each(["_a.prompt", "b/_a.prompt", "a.b.c.prompt", "a b.prompt", ".prompt", "é.prompt", "a.txt", "-a.prompt"])(
    "%s is no prompt",
    (file) => {
      expect(promptNameOf(file)).toBeUndefined();
    },
  );

  test("partials and schemas are looked for from the file's folder up to the root", () => {
    expect(partialCandidates("x/y/a.prompt", "p")).toEqual(["x/y/_p.prompt", "x/_p.prompt", "_p.prompt"]);
    expect(partialCandidates("x/a.prompt", "q/p")).toEqual(["x/q/_p.prompt", "q/_p.prompt"]);
    expect(partialCandidates("x/a.prompt", "../p")).toEqual([]);
    expect(schemaCandidates("x/a.prompt", "S")).toEqual([
      "x/schemas/S.schema.json",
      "x/schemas/S.json",
      "schemas/S.schema.json",
      "schemas/S.json",
    ]);
  });
});
