import { StateSchema } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { outputSchema } from "../../agents/schema.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import type { ModelRequest } from "../../models/model.ts";
import { offline } from "../../models/offline.ts";
import { objectSchema, offlineRequest } from "./request.ts";

const TEXT = { type: "string" };
const TEXTS = { type: "array", items: TEXT };
const QUESTION = { question: "How does Baton resume a failed run?" };

const PASSAGES = [
  passage("Baton is written in TypeScript.", { file: "readme.md", line: 3 }),
  passage("A failed run is resumed from its last checkpoint.", { file: "resume.md", line: 7, heading: "Resuming" }),
  passage("Penguins live in the south.", { file: "birds.md", line: 1 }),
  passage("A failed run is resumed from its last checkpoint!", { file: "copy.md", line: 1 }),
  passage("Baton resumes a failed run without repeating a finished model call.", { file: "resume.md", line: 9 }),
];

function passage(text: string, meta: JsonObject = {}) {
  return { text, meta };
}

async function ask(properties: JsonObject, parts: Partial<ModelRequest> = {}): Promise<JsonObject> {
  const { text } = await offline().generate(offlineRequest(properties, parts));
  // The schema asks for an object, and the property tests hold that the answer fits it.
  return JSON.parse(text) as JsonObject;
}

describe("a text", () => {
  test("is made of the relevant sentences in their order in the sources, without repeats", async () => {
    const { reply } = await ask({ reply: TEXT }, { input: QUESTION, passages: PASSAGES });
    expect(reply).toBe(
      "A failed run is resumed from its last checkpoint. Baton resumes a failed run without repeating a finished model call.",
    );
  });

  test.each([
    { schema: TEXT, expected: "No answer found in the sources." },
    { schema: { anyOf: [TEXT, { type: "null" }] }, expected: null },
    { schema: { type: ["string", "null"] }, expected: null },
    { schema: TEXTS, expected: [] },
    { schema: { type: "array", items: objectSchema({ claim: TEXT }) }, expected: [] },
  ])("becomes $expected when nothing shares a word with the question", async ({ schema, expected }) => {
    expect(
      await ask({ reply: schema }, { input: { question: "What is the capital of France?" }, passages: PASSAGES }),
    ).toEqual({ reply: expected });
  });

  test.each([
    ["half of the pair", "Which exit codes are there?", "Each prompt has a code of its own in the list.", "Lists"],
    ["a heading of the pair", "Which exit codes are there?", "More is printed with `--verbose`.", "Exit codes"],
    ["the action", "How do I configure retries?", "That key is not among the configured ones any more.", "Keys"],
  ])("is not found in a sentence that only shares %s", async (_name, question, text, heading) => {
    const passages = [...PASSAGES, passage(text, { heading })];
    expect(await ask({ facts: TEXTS }, { input: { question }, passages })).toEqual({ facts: [] });
  });

  test("is found where the other word of the pair stands in the heading", async () => {
    const text = "A code of 75 means: try again later.";
    const passages = [...PASSAGES, passage(text, { heading: "Exit" })];
    expect(await ask({ facts: TEXTS }, { input: { question: "Which exit codes are there?" }, passages })).toEqual({
      facts: [text],
    });
  });

  test("says what is there before what is not", async () => {
    const passages = [
      passage("Nothing was stored, no run exists."),
      passage("A run and its input are stored before anything else of it happens."),
    ];
    const { fact } = await ask(
      { fact: { ...TEXT, maxLength: 70 } },
      { input: { question: "What is stored?" }, passages },
    );
    expect(fact).toBe("A run and its input are stored before anything else of it happens.");
  });

  test.each(["Does Baton bake bread in Kansas?", "How does a baton sort dirty laundry at night?"])(
    "is not found in sentences that only share the small talk of: %s",
    async (question) => {
      expect(await ask({ facts: TEXTS }, { input: { question }, passages: PASSAGES })).toEqual({ facts: [] });
    },
  );

  test.each([
    { name: "maxLength", schema: { type: "string", maxLength: 60 } },
    { name: "the description", schema: { type: "string", description: "At most 60 characters." } },
  ])("keeps to the length that $name asks for", async ({ schema }) => {
    const { reply } = await ask({ reply: schema }, { input: QUESTION, passages: PASSAGES });
    expect(JSON.stringify(reply).length).toBeLessThanOrEqual(60 + 2);
    expect(PASSAGES.some(({ text }) => JSON.stringify(text).startsWith(JSON.stringify(reply).slice(0, -1)))).toBe(true);
  });

  test("summarises a long variable when nothing is asked", async () => {
    const draft =
      "Baton keeps runs. Runs of Baton survive a crash of the process. Nobody likes Mondays. The crash of a process ends no run of Baton.";
    const { summary } = await ask({ summary: TEXT }, { input: { draft } });
    expect(summary).toContain("survive a crash");
    expect(summary).not.toContain("Mondays");
  });

  test("never repeats the question as its own answer", async () => {
    const { reply } = await ask({ reply: TEXT }, { input: { topic: "Explain durable execution." } });
    expect(reply).toBe("No answer found in the sources.");
  });

  test("is made of list items as whole pieces", async () => {
    const facts = ["Runs are durable; e.g. after kill -9", "Cats sleep a lot of the day", "A durable run resumes"];
    const { draft } = await ask({ draft: TEXT }, { input: { topic: "durable runs", facts } });
    expect(draft).toBe("Runs are durable; e.g. after kill -9. A durable run resumes.");
  });
});

describe("a list", () => {
  test("of objects takes each passage's metadata by name and its sentence for the claim", async () => {
    const finding = objectSchema({ claim: TEXT, quote: TEXT, file: TEXT, line: { type: "integer" } });
    const passages = [passage("Baton resumes a failed run.", { file: "a.md", line: 12, quote: "**Baton** resumes" })];
    expect(await ask({ findings: { type: "array", items: finding } }, { input: QUESTION, passages })).toEqual({
      findings: [{ claim: "Baton resumes a failed run.", quote: "**Baton** resumes", file: "a.md", line: 12 }],
    });
  });

  test.each([
    ["points backwards", "The same rules of workspaces resolve the dependencies of each one."],
    ["lacks its end", "Workspaces whose dependencies npm was asked to resolve before"],
  ])("puts a sentence that stands alone before one that %s", async (_, worse) => {
    const better = "For workspaces, npm resolves the dependencies of each one from its root folder.";
    const { facts } = await ask(
      { facts: TEXTS },
      { input: { question: "How do workspaces resolve dependencies?" }, passages: [passage(worse), passage(better)] },
    );
    expect([facts].flat()[0]).toBe(better);
  });

  test("puts the best answer first and holds at most five, or what the schema bounds", async () => {
    const passages = Array.from({ length: 9 }, (_, index) =>
      passage(`Run number ${index} of the ${"abcdefghi"[index]} kind has failed before ${"qrstuvwxy"[index]} came.`),
    );
    const { facts, few } = await ask(
      { facts: TEXTS, few: { ...TEXTS, maxItems: 2 } },
      { input: { question: "failed run" }, passages },
    );
    expect(facts).toHaveLength(5);
    expect(few).toHaveLength(2);
  });

  test("beside another list brings other sentences", async () => {
    const { pros, cons } = await ask(
      { pros: { ...TEXTS, maxItems: 1 }, cons: TEXTS },
      { input: QUESTION, passages: PASSAGES },
    );
    expect(cons).not.toEqual(expect.arrayContaining(Array.isArray(pros) ? [...pros] : []));
  });

  test("of questions picks from the given ones, and fills up to its least number", async () => {
    const topics = ["How is a run resumed?", "What is a checkpoint?", "Who likes penguins?", "When does a run fail?"];
    const { questions } = await ask(
      { questions: { ...TEXTS, minItems: 3, maxItems: 3 } },
      { input: { ...QUESTION, topics } },
    );
    expect(questions).toHaveLength(3);
    expect(questions).toEqual(expect.arrayContaining(["How is a run resumed?", "When does a run fail?"]));
  });

  test("of gaps holds the questions that nothing answers, and the verdict beside it follows", async () => {
    const input = {
      questions: ["How is a run resumed?", "What does Kafka cost?"],
      findings: [{ claim: "A run is resumed from its checkpoint.", file: "a.md" }],
    };
    const properties = { verdict: { enum: ["approve", "revise"] }, gaps: TEXTS };
    expect(await ask(properties, { input })).toEqual({ verdict: "revise", gaps: ["What does Kafka cost?"] });
    expect(await ask(properties, { input: { ...input, questions: ["How is a run resumed?"] } })).toEqual({
      verdict: "approve",
      gaps: [],
    });
  });
});

describe("a choice", () => {
  test.each([
    { members: ["approve", "revise"], input: { draft: "A good draft is here now." }, expected: "approve" },
    { members: ["revise", "approve"], input: { draft: "" }, expected: "approve" },
    { members: ["rewrite", "send"], input: { reply: "Hello." }, expected: "send" },
    { members: ["approve", "revise"], input: { draft: "A draft is here.", gaps: ["the costs"] }, expected: "revise" },
    { members: ["approve", "revise"], input: { draft: "A draft is here.", gaps: [] }, expected: "approve" },
    { members: ["not_approved", "approved"], input: {}, expected: "approved" },
  ])("of $members with $input decides $expected, so that a loop ends", async ({ members, input, expected }) => {
    expect(await ask({ verdict: { enum: members } }, { input })).toEqual({ verdict: expected });
  });

  const ROUTES = { enum: ["billing", "technical", "other"] };
  const ROUTER = [
    {
      role: "system" as const,
      content:
        "Route the ticket. billing: invoices, refunds and payments; technical: crashes, errors and bugs; other: the rest",
    },
  ];

  test.each([
    { ticket: "I was charged twice and want a refund of the second invoice.", expected: "billing" },
    { ticket: "The app crashes with an error when I open it.", expected: "technical" },
    { ticket: "I have a billing question about my plan.", expected: "billing" },
    { ticket: "Good morning to all of you.", expected: "other" },
  ])("takes the member that is nearest to the material: $expected", async ({ ticket, expected }) => {
    expect(await ask({ team: ROUTES }, { input: { ticket }, messages: ROUTER })).toEqual({ team: expected });
  });

  test("takes the member that the prompt names last when nothing tells them apart", async () => {
    const messages = [{ role: "user" as const, content: "Answer blue or red." }];
    expect(await ask({ colour: { enum: ["red", "green", "blue"] } }, { messages })).toEqual({ colour: "red" });
  });
});

describe("numbers and booleans", () => {
  const passages = [
    passage("The lease lasts 30 seconds, and version 2.4.1 of 2026-11-22 renews it 3 times.", { line: 8 }),
  ];
  const number = { type: "number" };

  test.each([
    {
      name: "the number next to the words of the question",
      property: "seconds",
      schema: number,
      question: "How long does the lease last?",
      expected: 30,
    },
    {
      name: "another number for another question",
      property: "amount",
      schema: number,
      question: "How often does it renew?",
      expected: 3,
    },
    { name: "metadata of that name", property: "line", schema: { type: "integer" }, question: "lease", expected: 8 },
    {
      name: "how many candidates are relevant",
      property: "count",
      schema: { type: "integer" },
      question: "lease",
      expected: 1,
    },
    {
      name: "the share of the question's words",
      property: "confidence",
      schema: number,
      question: "lease",
      expected: 1,
    },
    {
      name: "that share on the schema's own scale",
      property: "score",
      schema: { type: "integer", minimum: 0, maximum: 10 },
      question: "lease",
      expected: 10,
    },
    {
      name: "the schema's nearest bound",
      property: "seconds",
      schema: { type: "integer", maximum: 20 },
      question: "How long does the lease last?",
      expected: 20,
    },
    { name: "zero when nothing is found", property: "seconds", schema: number, question: "penguins", expected: 0 },
    {
      name: "nothing when nothing is found and that is allowed",
      property: "seconds",
      schema: { type: ["number", "null"] },
      question: "penguins",
      expected: null,
    },
  ])("takes $name", async ({ property, schema, question, expected }) => {
    expect(await ask({ [property]: schema }, { input: { question }, passages })).toEqual({ [property]: expected });
  });

  test.each([
    { property: "isAnswerable", question: "How long is the lease?", expected: true },
    { property: "isAnswerable", question: "Where do penguins live?", expected: false },
    { property: "approved", question: "Where do penguins live?", expected: true },
    { property: "needsRevision", question: "How long is the lease?", expected: false },
  ])("says that $property is $expected when asked: $question", async ({ property, question, expected }) => {
    expect(await ask({ [property]: { type: "boolean" } }, { input: { question }, passages })).toEqual({
      [property]: expected,
    });
  });
});

describe("formats", () => {
  const passages = [passage("The run began on 2026-11-22, see https://example.com/run/1, or ask ops@example.com.")];
  const cases: readonly { format: string; expected: JsonValue; nothing: JsonValue }[] = [
    { format: "date", expected: "2026-11-22", nothing: "1970-01-01" },
    { format: "uri", expected: "https://example.com/run/1", nothing: "about:blank" },
    { format: "email", expected: "ops@example.com", nothing: "unknown@example.invalid" },
  ];
  test.each(cases)(
    "finds a $format, or writes one that cannot be taken for real",
    async ({ format, expected, nothing }) => {
      const properties = { value: { type: "string", format } };
      expect(await ask(properties, { input: { question: "When did the run begin?" }, passages })).toEqual({
        value: expected,
      });
      expect(await ask(properties, { input: { question: "Where do penguins live?" }, passages })).toEqual({
        value: nothing,
      });
    },
  );
});

test("keeps to the bounds of a state's own fields, also where strict output cannot say them", async () => {
  const State = new StateSchema({
    headline: z.string().min(40).max(60),
    score: z.int(),
    tags: z.array(z.string().max(20)).min(2).max(3),
    verdict: z.enum(["approve", "revise"]).default("revise"),
  });
  const { schema, strict, read } = outputSchema(State, ["headline", "score", "tags", "verdict"]);
  for (const passages of [PASSAGES, []]) {
    const { text } = await offline().generate(
      offlineRequest({}, { output: { name: "update", schema, strict }, input: QUESTION, passages }),
    );
    expect(await read(text)).toMatchObject({
      ok: true,
      update: { verdict: "approve", score: Number(passages.length > 0) },
    });
  }
});

test("fills schemas with references, records in records and tuples", async () => {
  const schema = {
    ...objectSchema({
      report: { $ref: "#/$defs/report" },
      pair: { type: "array", prefixItems: [TEXT, { type: "boolean" }] },
    }),
    $defs: {
      report: objectSchema({ sections: { type: "array", items: { $ref: "#/$defs/section" } } }),
      section: objectSchema({ heading: TEXT, text: TEXT }),
    },
  };
  const output = { name: "update", schema, strict: true };
  const passages = [passage("A failed run is resumed from its last checkpoint.", { heading: "Resuming" })];
  expect(await ask({}, { output, input: QUESTION, passages })).toEqual({
    report: { sections: [{ heading: "Resuming", text: "A failed run is resumed from its last checkpoint." }] },
    pair: ["A failed run is resumed from its last checkpoint.", true],
  });
});

test("ends on a schema that contains itself", async () => {
  const schema = {
    ...objectSchema({ tree: { $ref: "#/$defs/node" } }),
    $defs: { node: objectSchema({ text: TEXT, children: { type: "array", items: { $ref: "#/$defs/node" } } }) },
  };
  const answer = await ask(
    {},
    { output: { name: "update", schema, strict: true }, input: QUESTION, passages: PASSAGES },
  );
  expect(JSON.stringify(answer)).toContain('"children":[]');
});

test("answers a thousand passages quickly", async () => {
  const passages = Array.from({ length: 1000 }, (_, index) =>
    passage(`Run ${index} of worker ${index % 7} failed at step ${index % 20} and was resumed by ${index}.`),
  );
  const startedAt = performance.now();
  await ask({ facts: TEXTS, summary: TEXT }, { input: QUESTION, passages });
  expect(performance.now() - startedAt).toBeLessThan(2000);
});

test("counts four characters as a token, streams its text and obeys the signal", async () => {
  const request = offlineRequest({ reply: TEXT });
  let heard = "";
  const response = await offline().generate(request, { onToken: (text) => (heard += text) });
  expect(heard).toBe(response.text);
  expect(response).toMatchObject({
    finish: "stop",
    model: "offline",
    usage: { inputTokens: 6, outputTokens: Math.round(response.text.length / 4) },
  });
  await expect(offline().generate(request, { signal: AbortSignal.abort(new Error("stop")) })).rejects.toThrow("stop");
});

test("says what it is and needs no key", async () => {
  const model = offline();
  expect(() => model.check()).not.toThrow();
  expect(model.ref).toBe("offline");
  expect(await model.probe()).toContain("no language model");
});
