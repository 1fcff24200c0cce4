import { ReducedValue, StateSchema } from "@langchain/langgraph";
import { describe, expect, it, test } from "vitest";
import { z } from "zod";

import { outputSchema } from "../../agents/schema.ts";

const Report = new StateSchema({
  title: z.string(),
  note: z.string().optional(),
  draft: z.string().default(""),
  findings: new ReducedValue(z.array(z.string()).default([]), {
    inputSchema: z.object({ claim: z.string(), line: z.number().int().optional() }),
    reducer: (known, { claim }) => known.concat(claim),
  }),
  tags: z.record(z.string(), z.string()).default({}),
  due: z.date(),
  seen: z.map(z.string(), z.string()),
  size: z.string().transform((text) => text.length),
  source: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("web"), url: z.string() }),
    z.object({ kind: z.literal("file"), path: z.string() }),
  ]),
});

describe("outputSchema", () => {
  it("picks the fields of `writes`, makes optional ones nullable and requires all", () => {
    const { schema, strict } = outputSchema(Report, ["title", "note", "draft"]);
    expect(strict).toBe(true);
    expect(schema).toEqual({
      type: "object",
      properties: {
        title: { type: "string" },
        note: { anyOf: [{ type: "string" }, { type: "null" }] },
        draft: { anyOf: [{ type: "string" }, { type: "null" }] },
      },
      required: ["title", "note", "draft"],
      additionalProperties: false,
    });
  });

  it("uses the update type of a reducer field, strict at every depth", () => {
    const { schema } = outputSchema(Report, ["findings"]);
    expect(schema["properties"]).toEqual({
      findings: {
        type: "object",
        properties: {
          claim: { type: "string" },
          line: { anyOf: [expect.objectContaining({ type: "integer" }), { type: "null" }] },
        },
        required: ["claim", "line"],
        additionalProperties: false,
      },
    });
  });

  it("turns a union of shapes into anyOf, which strict output allows", () => {
    const { schema, strict } = outputSchema(Report, ["source"]);
    expect(strict).toBe(true);
    expect(JSON.stringify(schema)).not.toContain("oneOf");
  });

  it("is not strict for a record, whose keys a strict schema cannot say", () => {
    expect(outputSchema(Report, ["tags"]).strict).toBe(false);
  });

  test.each([["due"], ["seen"], ["size"]])("refuses the field `%s`, which JSON cannot carry, and names it", (field) => {
    expect(() => outputSchema(Report, [field])).toThrow(
      expect.objectContaining({ code: "workflow-invalid", message: expect.stringContaining(`\`${field}\``) }),
    );
  });

  it("refuses a field that the state does not have", () => {
    expect(() => outputSchema(Report, ["titel"])).toThrow(expect.objectContaining({ code: "state-field-unknown" }));
  });
});

describe("parsing a model's answer", () => {
  const output = outputSchema(Report, ["title", "note", "draft", "findings"]);

  it("takes null in an added-nullable field as no update, at every depth", async () => {
    const answer = { title: "t", note: null, draft: null, findings: { claim: "c", line: null } };
    await expect(output.read(JSON.stringify(answer))).resolves.toEqual({
      ok: true,
      update: { title: "t", findings: { claim: "c" } },
    });
  });

  test.each([
    ["text that is not JSON", "Sure! Here it is.", "is not valid JSON"],
    ["a bare array", "[1]", "is not a JSON object"],
    ["a field outside `writes`", '{"title":"t","findings":{"claim":"c"},"verdict":"ok"}', "`verdict`"],
    ["a wrong type", '{"title":7,"findings":{"claim":"c"}}', "`title`"],
    ["a missing required field", '{"findings":{"claim":"c"}}', "`title`"],
    ["a wrong type deep inside", '{"title":"t","findings":{"claim":"c","line":1.5}}', "line"],
  ])("refuses %s and says what was wrong", async (_case, text, words) => {
    await expect(output.read(text)).resolves.toEqual({ ok: false, problem: expect.stringContaining(words) });
  });
});
