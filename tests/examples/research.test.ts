import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type Baton, createBaton, FatalError, type JsonObject, type Model, type RunOutcome } from "batonjs";
import { scripted, type ScriptedAnswer } from "batonjs/testing";
import { expect, onTestFinished, test } from "vitest";

import { parseSessionId, parseThreadId } from "../../core/ids.ts";
import { research } from "../../examples/research/research.ts";
import { addNotes } from "../../examples/research/state.ts";
import { checkCitations, checkExtracts, type CitedResult } from "./check-citations.ts";
import { folderOf } from "./folder.ts";

const PROMPTS = fileURLToPath(new URL("../../examples/research/prompts", import.meta.url));

const DOCS = {
  "docs/runs.md": [
    "# Runs",
    "",
    "## Resuming",
    "",
    "A failed run is resumed with `baton resume`, which goes on at the",
    "step that failed. Finished model calls are read back from the journal.",
    "",
    "## Storage",
    "",
    "Every run is stored in one file. The file lies in the folder of the project.",
    "",
  ].join("\n"),
  "docs/prices.html": "<h1>Prices</h1>\n<p>A seat costs ten euros a month.\nPayment is by invoice.</p>\n",
};

async function open(folder: string, model?: Model): Promise<Baton> {
  const baton = await createBaton(
    { workflows: [research], prompts: PROMPTS, ...(model === undefined ? {} : { model }) },
    { folder, env: {} },
  );
  onTestFinished(() => baton.close());
  return baton;
}

async function ask(baton: Baton, input: JsonObject): Promise<RunOutcome> {
  return (await baton.start("research", input)).result();
}

function stateOf(outcome: RunOutcome): CitedResult & JsonObject {
  expect(outcome.error).toBeUndefined();
  expect(outcome.status).toBe("completed");
  // The final state of the research workflow.
  return outcome.state as unknown as CitedResult & JsonObject;
}

test("answers from the sources without a model, with citations that hold", async () => {
  const folder = folderOf(DOCS);
  const sources = join(folder, "docs");
  const state = stateOf(await ask(await open(folder), { question: "How is a failed run resumed?", sources }));
  expect(checkCitations(state, folder)).toEqual([]);
  expect(checkExtracts(state, folder)).toEqual([]);
  expect(state.findings[0]).toEqual({
    claim: "A failed run is resumed with `baton resume`, which goes on at the step that failed.",
    quote: "A failed run is resumed with `baton resume`, which goes on at the",
    file: "runs.md",
    line: 5,
  });
  expect(state.brief).toContain("# How is a failed run resumed?\n\n> Made without a language model");
  expect(state.brief).toContain("1. `runs.md:5`");
});

test("a later turn of a thread asks all three layers, and cites the sources only", async () => {
  const folder = folderOf(DOCS);
  const sources = join(folder, "docs");
  const baton = await open(folder);
  const turn = { thread: parseThreadId("t1"), session: parseSessionId("s1") };
  await (await baton.start("research", { question: "How is a failed run resumed?", sources }, turn)).result();
  const later = await baton.start("research", { question: "And where is a failed run stored?", sources }, turn);
  const state = stateOf(await later.result());
  expect(checkCitations(state, folder)).toEqual([]);
  const recalls = (await baton.events(later.id)).flatMap((event) =>
    event.type === "memory_recalled" && event.node === "ingest" ? [event.route] : [],
  );
  expect(recalls).toMatchObject([
    {
      layers: ["context", "session"],
      recalled: [{ layer: "session" }, { layer: "context", id: "runs.md:5" }],
    },
    { layers: ["vector"] },
  ]);
});

test.each(["What is the capital of Mongolia?", "Wer bezahlt die Mondlandung?", "?"])(
  "says that the sources hold no answer to %s",
  async (question) => {
    const folder = folderOf(DOCS);
    const state = stateOf(await ask(await open(folder), { question, sources: join(folder, "docs") }));
    expect(state.findings).toEqual([]);
    expect(state.brief).toContain("No answer found in the sources.");
  },
);

test("reads a single file and several sources of which one lies in the other", async () => {
  const folder = folderOf(DOCS);
  const baton = await open(folder);
  const single = stateOf(
    await ask(baton, { question: "What does a seat cost?", sources: join(folder, "docs", "prices.html") }),
  );
  expect(single.findings).toMatchObject([{ file: "prices.html", line: 2, quote: "A seat costs ten euros a month." }]);
  const both = stateOf(
    await ask(baton, {
      question: "What does a seat cost?",
      sources: [join(folder, "docs"), join(folder, "docs", "prices.html")],
    }),
  );
  expect(both.findings).toEqual(single.findings);
  expect(checkCitations(both, folder)).toEqual([]);
});

test.each([
  ["a missing folder", () => "/nowhere/at/all", "The source `/nowhere/at/all` does not exist."],
  ["a blank source", () => " ", 'The source " " is not a path.'],
  ["an empty folder", () => folderOf({ "notes.pdf": "" }), "holds no file that can be read."],
  ["a binary file", () => folderOf({ "a.md": "\0\u0001\0" }), "None of the files in `sources` can be used (`a.md`: "],
  ["an empty file", () => folderOf({ "a.md": "\n" }), "can be used (`a.md`: it is empty)."],
])("refuses %s before there is a run", async (_, sources, message) => {
  const baton = await open(folderOf({}));
  await expect(baton.start("research", { question: "Why?", sources: sources() })).rejects.toMatchObject({
    code: "input-invalid",
    message: expect.stringContaining(message),
  });
  expect(await baton.runs()).toEqual([]);
});

const SUB_QUESTIONS = ["How is a run resumed?", "Where is a run stored?", "What does a seat cost?"];
const TRUE_NOTE = {
  claim: "A failed run goes on at the failed step.",
  quote: "A failed run is resumed with baton resume, which goes on at the step that failed.",
  file: "runs.md",
  line: 5,
};
const FALSE_NOTE = {
  claim: "Runs are kept for thirty days.",
  quote: "Runs are kept for thirty days.",
  file: "runs.md",
  line: 10,
};
const STORED_NOTE = {
  claim: "A run is stored in one file.",
  quote: "Every run is stored in one file.",
  file: "runs.md",
  line: 10,
};

/** What the agents of one round answer, up to the critic. */
function round(
  notes: Readonly<Record<string, readonly JsonObject[]>>,
  draft: readonly JsonObject[],
  review: JsonObject,
): readonly ScriptedAnswer[] {
  return [
    ...Object.entries(notes).map(([subQuestion, found]): ScriptedAnswer => ({
      when: `Your sub-question: ${subQuestion}`,
      answer: { notes: found.map((note) => ({ ...note, subQuestion })) },
    })),
    { when: "You write a brief", answer: { draft: [...draft] } },
    { when: "You are the critic", answer: { reviews: review } },
  ];
}

const PLAN: ScriptedAnswer = { when: "You plan the research", answer: { subQuestions: SUB_QUESTIONS } };
const FIRST_ROUND = {
  [SUB_QUESTIONS[0] ?? ""]: [TRUE_NOTE],
  [SUB_QUESTIONS[1] ?? ""]: [FALSE_NOTE, STORED_NOTE],
  [SUB_QUESTIONS[2] ?? ""]: [],
};
const DRAFT = [
  { text: "A failed run goes on where it failed.", numbers: [1] },
  { text: "Runs are kept for thirty days.", numbers: [2] },
  { text: "Each run lies in one file and is kept for thirty days.", numbers: [2, 3] },
  { text: "Each run lies in one file.", numbers: [3] },
  { text: "Nobody noted this.", numbers: [99] },
  { text: "This rests on nothing.", numbers: [] },
];

test("keeps a model's true citations, drops the false ones with all that rests on them, and records them", async () => {
  const folder = folderOf(DOCS);
  const model = scripted([PLAN, ...round(FIRST_ROUND, DRAFT, { verdict: "approve", gaps: [] })]);
  const state = stateOf(
    await ask(await open(folder, model), { question: "How do runs live?", sources: join(folder, "docs") }),
  );
  model.assertUsedUp();
  expect(checkCitations(state, folder)).toEqual([]);
  expect(state.findings).toEqual([
    { ...TRUE_NOTE, quote: "A failed run is resumed with `baton resume`, which goes on at the", line: 5 },
    STORED_NOTE,
  ]);
  expect(state["dropped"]).toEqual([
    { ...FALSE_NOTE, subQuestion: SUB_QUESTIONS[1], reason: "the quoted words are not at line 10" },
  ]);
  expect(state.brief).toContain(
    "## How is a run resumed?\n\nA failed run goes on where it failed. [1]\n\n## Where is a run stored?\n\nEach run lies in one file. [2]\n",
  );
  expect(state.brief).toContain("## No answer found in the sources\n\n- What does a seat cost?\n");
  expect(state.brief).not.toMatch(/thirty days|Nobody noted|rests on nothing|language model/u);
});

test("lets the critic send the researchers out again twice and not a third time", async () => {
  const folder = folderOf(DOCS);
  const revise = (gap: string): JsonObject => ({ verdict: "revise", gaps: [gap] });
  const model = scripted([
    PLAN,
    ...round(FIRST_ROUND, DRAFT, revise("Who pays?")),
    ...round(
      {
        "Who pays?": [{ claim: "One pays by invoice.", quote: "Payment is by invoice.", file: "prices.html", line: 3 }],
      },
      [{ text: "One pays by invoice.", numbers: [4] }],
      revise("Who reads it?"),
    ),
    ...round({ "Who reads it?": [] }, [{ text: "One pays by invoice.", numbers: [4] }], revise("Who writes it?")),
  ]);
  const outcome = await ask(await open(folder, model), {
    question: "How do runs live?",
    sources: join(folder, "docs"),
  });
  const state = stateOf(outcome);
  model.assertUsedUp();
  expect(outcome.steps.filter(({ node }) => node === "researcher")).toHaveLength(5);
  expect(state.brief).toContain("## Who pays?\n\nOne pays by invoice. [1]\n");
});

test("does not ask again for a gap that was asked for before", async () => {
  const folder = folderOf(DOCS);
  const model = scripted([PLAN, ...round(FIRST_ROUND, DRAFT, { verdict: "revise", gaps: ["What does a seat cost?"] })]);
  stateOf(await ask(await open(folder, model), { question: "How do runs live?", sources: join(folder, "docs") }));
  model.assertUsedUp();
});

test("drops what a file no longer says and names the file that changed", async () => {
  const folder = folderOf(DOCS);
  const file = join(folder, "docs", "runs.md");
  const script = round(FIRST_ROUND, DRAFT, { verdict: "approve", gaps: [] });
  const model = scripted([
    PLAN,
    ...script.slice(0, -1),
    {
      when: "You are the critic",
      answer: () => {
        writeFileSync(
          file,
          DOCS["docs/runs.md"].replace("Every run is stored in one file.", "No run is ever stored at all."),
        );
        return { reviews: { verdict: "approve", gaps: [] } };
      },
    },
  ]);
  const state = stateOf(
    await ask(await open(folder, model), { question: "How do runs live?", sources: join(folder, "docs") }),
  );
  expect(checkCitations(state, folder)).toEqual([]);
  expect(state.findings).toHaveLength(1);
  expect(state.brief).toContain("Changed since they were read: `runs.md`.");
});

test("resumes in another folder with the sources that were meant", async () => {
  const folder = folderOf(DOCS);
  const before = process.cwd();
  onTestFinished(() => process.chdir(before));
  process.chdir(folder);
  const script = round(FIRST_ROUND, DRAFT, { verdict: "approve", gaps: [] });
  const model = scripted([
    PLAN,
    ...script.slice(0, 3),
    { when: "You write a brief", answer: new FatalError("The writer is out.") },
    ...script.slice(3),
  ]);
  const baton = await open(folder, model);
  const failed = await ask(baton, { question: "How do runs live?", sources: "docs" });
  expect(failed.status).toBe("failed");
  process.chdir(folderOf({ "docs/runs.md": "Another file of the same name stands here.\n" }));
  const state = stateOf(await (await baton.resume(failed.runId)).result());
  model.assertUsedUp();
  expect(state.findings).toHaveLength(2);
  expect(checkCitations(state, folder)).toEqual([]);
});

test("goes on in the folder that was meant when the process ended before the first step", async () => {
  const folder = folderOf({ "runs.md": DOCS["docs/runs.md"] });
  const before = process.cwd();
  onTestFinished(() => process.chdir(before));
  process.chdir(folder);
  const baton = await open(folder);
  const input = { question: "How is a failed run resumed?", sources: "runs.md" };
  const { id, result } = await baton.start("research", input, { signal: AbortSignal.abort() });
  expect(await result()).toMatchObject({ status: "parked", steps: [] });
  process.chdir(folderOf({ "runs.md": "A failed run is resumed by another file of the same name.\n" }));
  const state = stateOf(await (await baton.resume(id)).result());
  expect(checkCitations(state, folder)).toEqual([]);
  expect(state.findings).not.toEqual([]);
});

test("counts a sentence that two researchers note once", () => {
  const notes = addNotes(
    [{ ...STORED_NOTE, subQuestion: "a", number: 1 }],
    [
      { ...STORED_NOTE, claim: "In other words.", subQuestion: "b" },
      { ...TRUE_NOTE, subQuestion: "b" },
    ],
  );
  expect(notes.map(({ number, subQuestion }) => [number, subQuestion])).toEqual([
    [1, "a"],
    [2, "b"],
  ]);
});

test("notices new words of a file on the next run and gives the same brief for the same files", async () => {
  const folder = folderOf(DOCS);
  const baton = await open(folder);
  const input = { question: "How is a failed run resumed?", sources: join(folder, "docs") };
  const [one, two] = [stateOf(await ask(baton, input)), stateOf(await ask(baton, input))];
  expect(two.brief).toBe(one.brief);
  appendFileSync(
    join(folder, "docs", "runs.md"),
    "\n## Refusals\n\nA failed run is not resumed while another process works on it.\n",
  );
  const three = stateOf(await ask(baton, input));
  expect(three.findings.map(({ claim }) => claim)).toContain(
    "A failed run is not resumed while another process works on it.",
  );
  expect(checkCitations(three, folder)).toEqual([]);
});
