import fc from "fast-check";

import type { JsonObject } from "../../core/json.ts";

const NAMES = [
  "summary",
  "claim",
  "line",
  "file",
  "gaps",
  "verdict",
  "score",
  "count",
  "questions",
  "title",
  "isDone",
  "kind",
  "amount",
  "details",
  "heading",
];

const flag = fc.constant<JsonObject>({ type: "boolean" });

const textSchema = fc
  .record({ least: fc.nat(40), room: fc.option(fc.nat(300)) })
  .map(({ least, room }): JsonObject => ({
    type: "string",
    ...(least > 20 ? { minLength: least } : {}),
    ...(room === null ? {} : { maxLength: least + room }),
  }));

const numberSchema = fc.oneof(
  fc
    .record({ least: fc.integer({ min: -100, max: 100 }), room: fc.nat(200) })
    .map(({ least, room }): JsonObject => ({ type: "integer", minimum: least, maximum: least + room })),
  fc
    .integer({ min: -5, max: 5 })
    .map((least): JsonObject => ({ type: "number", exclusiveMinimum: least, maximum: least + 2 })),
  fc.constantFrom<JsonObject>(
    { type: "number" },
    { type: "integer", exclusiveMinimum: 0 },
    { type: "integer", minimum: 0, multipleOf: 5 },
  ),
);

const enumSchema = fc
  .uniqueArray(
    fc.oneof(fc.constantFrom("approve", "revise", "other", "billing", "technical"), fc.integer({ min: 0, max: 9 })),
    { minLength: 1, maxLength: 4 },
  )
  .map((members): JsonObject => ({ enum: members }));

/** JSON schemas of the subset that offline() promises to fill. */
export const answerSchema: fc.Arbitrary<JsonObject> = fc.letrec<{ node: JsonObject; object: JsonObject }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    textSchema,
    numberSchema,
    enumSchema,
    flag,
    fc.constant<JsonObject>({ const: "fixed" }),
    nullable(tie("node")),
    listSchema(tie("node")),
    tie("object"),
  ),
  object: fc
    .tuple(fc.dictionary(fc.constantFrom(...NAMES), tie("node"), { maxKeys: 5 }), fc.infiniteStream(fc.boolean()))
    .map(([properties, dice]): JsonObject => {
      const names = Object.keys(properties);
      return {
        type: "object",
        properties,
        required: names.filter(() => dice.next().value === true),
        additionalProperties: false,
      };
    }),
})).object;

function nullable(inner: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> {
  return inner.map((schema) => ({ anyOf: [schema, { type: "null" }] }));
}

function listSchema(items: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> {
  return fc.tuple(items, fc.nat(3), fc.option(fc.nat(3))).map(([schema, least, room]): JsonObject => ({
    type: "array",
    items: schema,
    ...(least > 0 ? { minItems: least } : {}),
    ...(room === null ? {} : { maxItems: Math.max(1, least + room) }),
  }));
}
