import { expect, test } from "vitest";

import type { JsonObject } from "../../core/json.ts";
import type { ModelPassage } from "../../models/model.ts";
import { offline } from "../../models/offline.ts";

const CLAIMS = { type: "object", properties: { claim: { type: "string" } }, required: ["claim"] };

async function answer(input: JsonObject, passages: readonly ModelPassage[], properties: JsonObject): Promise<unknown> {
  const schema = { type: "object", properties, required: Object.keys(properties) };
  const response = await offline().generate({
    messages: [{ role: "user", content: "Answer." }],
    output: { name: "update", schema, strict: true },
    input,
    passages,
    settings: {},
  });
  return JSON.parse(response.text);
}

function passage(text: string, heading: string): ModelPassage {
  return { text, meta: { heading } };
}

const PASSAGES = [
  passage("A run writes its fence into the log.", "Logs"),
  passage("Each claim raises the epoch of the run.", "The fence"),
  passage("A process that lost the run can write nothing.", "The fence"),
  passage("Prices are listed on another page.", "Prices"),
];

test("answers from under the heading that the question puts in quotation marks", async () => {
  const found = await answer({ question: "“The fence”: How does a run keep its fence?" }, PASSAGES, {
    notes: { type: "array", items: CLAIMS },
  });
  expect(found).toEqual({
    notes: [
      { claim: "Each claim raises the epoch of the run." },
      { claim: "A process that lost the run can write nothing." },
    ],
  });
});

test("counts what stands under a heading of the question's words as an answer, and the heading of another as none", async () => {
  const found = await answer({ question: "How does the fence work?" }, PASSAGES.slice(1), {
    notes: { type: "array", items: CLAIMS },
  });
  expect(found).toEqual({
    notes: [
      { claim: "Each claim raises the epoch of the run." },
      { claim: "A process that lost the run can write nothing." },
    ],
  });
});

test("prefers a sentence to the entry of a table that says as much, and takes the entry where nothing else says it", async () => {
  const passages = [
    passage("Command `stop`: ends a run for good, whoever works it", "Commands"),
    passage("A run ends for good when somebody stops it.", "Stopping"),
    passage("Code 130: the terminal was interrupted", "Exit codes"),
  ];
  expect(await answer({ question: "How does a run end for good?" }, passages, CLAIMS.properties)).toEqual({
    claim: "A run ends for good when somebody stops it.",
  });
  expect(await answer({ question: "What does code 130 mean?" }, passages, CLAIMS.properties)).toEqual({
    claim: "Code 130: the terminal was interrupted.",
  });
});

test("does not ask for ids and hashes among the variables", async () => {
  const input = { question: "Which prices are listed?", corpus: { id: "dd3f07ec1bae6a4b0bd130eb75dcd4bf" } };
  const found = await answer(input, PASSAGES, { notes: { type: "array", items: CLAIMS } });
  expect(found).toEqual({ notes: [{ claim: "Prices are listed on another page." }] });
});

test("picks given questions that sound alike in the order in which they were given", async () => {
  const topics = ["“Logs”: How is a run stored?", "How is a run stored?", "“Prices”: How is a run stored?"];
  const found = await answer({ question: "How is a run stored?", topics }, [], {
    subQuestions: { type: "array", items: { type: "string" } },
  });
  expect(found).toEqual({ subQuestions: topics });
});

test("gives a list `numbers` the `number` of the record it speaks of", async () => {
  const notes = [
    { number: 3, subQuestion: "Which prices are listed?", claim: "Prices are listed on another page." },
    { number: 4, subQuestion: "Which prices are listed?", claim: "A seat costs 10 euros." },
  ];
  const item = {
    type: "object",
    properties: { text: { type: "string" }, numbers: { type: "array", items: { type: "integer" } } },
    required: ["text", "numbers"],
  };
  const found = await answer({ question: "Which prices are listed?", notes }, [], {
    draft: { type: "array", items: item },
  });
  expect(found).toMatchObject({
    draft: [{ text: "Prices are listed on another page.", numbers: [3] }, { numbers: [4] }],
  });
});

test("asks for the content of a Japanese question, not for its grammar", async () => {
  const passages = [
    passage("実行は失敗した手順から再開します。", "再開"),
    passage("言語は日本語と英語から選べます。", "設定"),
  ];
  const found = await answer({ question: "再開はどのように行われますか？" }, passages, {
    notes: { type: "array", items: CLAIMS },
  });
  expect(found).toEqual({ notes: [{ claim: "実行は失敗した手順から再開します。" }] });
});

test("takes what a page of errors says of a mishap after the rule, unless a mishap is asked for", async () => {
  const passages = [
    { text: "The prompt of the run is taken from the folder.", meta: { file: "errors/prompt-gone.md" } },
    { text: "The prompt of the run is pinned at its start.", meta: { file: "prompts.md" } },
  ];
  const notes = { notes: { type: "array", items: CLAIMS } };
  expect(await answer({ question: "What prompt has the run?" }, passages, notes)).toEqual({
    notes: [{ claim: passages[1]?.text }, { claim: passages[0]?.text }],
  });
  expect(await answer({ question: "Which prompt has the run that is missing one?" }, passages, notes)).toEqual({
    notes: [{ claim: passages[0]?.text }, { claim: passages[1]?.text }],
  });
});

test("takes a sentence that speaks of a case named before it after one that stands alone", async () => {
  const passages = [
    passage("A run that failed for this reason can be resumed.", ""),
    passage("A run that failed in a node can be resumed.", ""),
  ];
  const found = await answer({ question: "Can a failed run be resumed?" }, passages, {
    notes: { type: "array", items: CLAIMS },
  });
  expect(found).toEqual({ notes: [{ claim: passages[1]?.text }, { claim: passages[0]?.text }] });
});
