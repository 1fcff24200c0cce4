import { fileURLToPath } from "node:url";

import { createBaton, offline } from "batonjs";
import { expect, onTestFinished, test } from "vitest";

import { research } from "../../examples/research/research.ts";
import { checkCitations, checkExtracts, type CitedResult } from "./check-citations.ts";
import { folderOf } from "./folder.ts";

const DOCUMENTS = fileURLToPath(new URL("../fixtures/odd-documents", import.meta.url));
const PROMPTS = fileURLToPath(new URL("../../examples/research/prompts", import.meta.url));

test("answers in four scripts from files with odd names, or says that nothing is there", async () => {
  const baton = await createBaton(
    { workflows: [research], prompts: PROMPTS, model: offline() },
    { folder: folderOf({}), env: {} },
  );
  onTestFinished(() => baton.close());
  const answers: Record<string, readonly string[]> = {};
  for (const question of [
    "Wie lange darf ich einen Gegenstand behalten?",
    "Quels sont les jours où la bibliothèque est ouverte ?",
    "予約をキャンセルするにはどうすればいいですか",
    "How much does a day ticket cost?",
    "Где можно оставить велосипед?",
    "What does an elephant weigh?",
  ]) {
    const { state } = await (await baton.start("research", { question, sources: DOCUMENTS })).result();
    // The final state of the research workflow.
    const result = state as unknown as CitedResult;
    expect([...checkCitations(result, DOCUMENTS), ...checkExtracts(result, DOCUMENTS)]).toEqual([]);
    answers[question] = result.findings.map(({ file, line }) => `${file}:${line}`).slice(0, 1);
  }
  expect(answers).toEqual({
    "Wie lange darf ich einen Gegenstand behalten?": ["Räume & Geräte/Ausleihe (neu).md:5"],
    "Quels sont les jours où la bibliothèque est ouverte ?": ["été/l'accueil – horaires.txt:3"],
    予約をキャンセルするにはどうすればいいですか: ["予約 について.md:3"],
    "How much does a day ticket cost?": ["100% [tickets].md:7"],
    "Где можно оставить велосипед?": ["Велосипеды #1.html:4"],
    "What does an elephant weigh?": [],
  });
});
