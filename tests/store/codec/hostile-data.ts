import fc from "fast-check";

/** Rounds of each property; raise it with BATON_FUZZ_RUNS. */
export const RUNS = Number(process.env["BATON_FUZZ_RUNS"] ?? 3_000);

/** Keys that trip writers: of prototypes, of markers of LangChain, LangGraph and this codec, and of odd letters. */
const key = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: "binary", maxLength: 6 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "__proto__",
      "constructor",
      "prototype",
      "toJSON",
      "lc",
      "type",
      "id",
      "kwargs",
      "__lc_escaped__",
      "lg_name",
      "__overwrite__",
      "then",
      "0",
      "-0",
      "",
      "\uD800",
    ),
  },
);

const scalar = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom(null, undefined, -0, Number.NaN, Number.POSITIVE_INFINITY, "\uDC00", "\u0000", "bigint", "undefined"),
  fc.bigInt(),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array({ maxLength: 8 }),
  fc.float64Array({ maxLength: 3 }),
);

/** Any data that a state may hold, of any shape. */
export const anyData = fc.letrec<{ data: unknown }>((tie) => ({
  data: fc.oneof(
    { maxDepth: 5, depthSize: "small" },
    scalar,
    fc.array(tie("data"), { maxLength: 5 }),
    fc.array(fc.tuple(key, tie("data")), { maxLength: 5 }).map((entries) => ownObject(Object.prototype, entries)),
    fc.array(fc.tuple(key, tie("data")), { maxLength: 3 }).map((entries) => ownObject(null, entries)),
    fc.array(fc.tuple(tie("data"), tie("data")), { maxLength: 4 }).map((entries) => new Map(entries)),
    fc.array(tie("data"), { maxLength: 4 }).map((members) => new Set(members)),
    fc.sparseArray(tie("data"), { maxLength: 6, maxNumElements: 3 }),
    fc.tuple(fc.string(), tie("data")).map(([message, cause]) => new Error(message, { cause })),
  ),
})).data;

const record = fc.constantFrom(
  "SystemMessage",
  "AIMessage",
  "HumanMessage",
  "Map",
  "Set",
  "RegExp",
  "Error",
  "Function",
  "Uint8Array",
  "OpenAI",
  "PromptTemplate",
);

/** Plain JSON data in the shapes by which LangChain and LangGraph mark what is to be brought to life. */
export const recordShaped = fc.letrec<{ data: unknown }>((tie) => ({
  data: fc.oneof(
    { maxDepth: 5, depthSize: "medium" },
    fc.oneof(fc.string({ maxLength: 8 }), fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie("data"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom("lc", "type", "id", "kwargs", "args", "value", "node", "a"), tie("data"), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
    fc.record(
      {
        lc: fc.constantFrom(1, 2, 3, "1"),
        type: fc.constantFrom("constructor", "secret", "not_implemented", "undefined", "delta_snapshot"),
        id: fc.oneof(
          record.map((name) => ["langchain_core", "messages", name]),
          record.map((name) => [name]),
          fc.constantFrom(["OPENAI_API_KEY"], ["langchain", "llms", "openai", "OpenAI"], [], "x"),
        ),
        kwargs: fc.oneof(fc.record({ content: tie("data") }, { noNullPrototype: true }), tie("data")),
        args: fc.array(tie("data"), { maxLength: 2 }),
        method: fc.constantFrom(null, "from", "constructor"),
        value: tie("data"),
      },
      { requiredKeys: ["lc", "type"], noNullPrototype: true },
    ),
    tie("data").map((data) => ({ __lc_escaped__: data })),
  ),
})).data;

function ownObject(prototype: object | null, entries: readonly (readonly [string, unknown])[]): object {
  const made: object = Object.create(prototype);
  for (const [name, value] of entries)
    Object.defineProperty(made, name, { value, writable: true, enumerable: true, configurable: true });
  return made;
}
