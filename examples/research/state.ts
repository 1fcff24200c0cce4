import { ReducedValue, StateSchema } from "@langchain/langgraph";
import { z } from "zod";

import { Sources } from "./sources/prepare.ts";

/** A claim with the words that prove it: `quote` stands on physical line `line` of `file`, which is relative to the given source. */
export const Finding = z.object({
  claim: z.string().describe("What the passage says, as one full sentence."),
  quote: z.string().describe("Words copied exactly from that one passage."),
  file: z.string().describe("The passage's file, as its label gives it."),
  line: z.int().describe("The passage's line, as its label gives it."),
});
export type Finding = z.infer<typeof Finding>;

/** A finding as a researcher notes it, not yet checked. */
export const Note = Finding.extend({
  subQuestion: z.string().describe("The sub-question it answers, word for word."),
});
export type Note = z.infer<typeof Note>;

/** A note with the number by which the draft cites it. */
export const NumberedNote = Note.extend({ number: z.int() });
export type NumberedNote = z.infer<typeof NumberedNote>;

/** One sentence of the brief and the notes it rests on. */
export const Statement = z.object({
  text: z.string().describe("One sentence that says no more than its notes prove."),
  numbers: z.array(z.int()).describe("Numbers of the notes it rests on; at least one."),
});
export type Statement = z.infer<typeof Statement>;

export const Review = z.object({
  verdict: z.enum(["approve", "revise"]).describe("revise only when something that the question asks for is missing."),
  gaps: z
    .array(z.string())
    .describe("What is missing, each as a question that the sources may answer; empty when nothing is."),
});
export type Review = z.infer<typeof Review>;

export const DroppedNote = Note.extend({ reason: z.string() });
export type DroppedNote = z.infer<typeof DroppedNote>;

/** A checked sentence: it cites findings by their place in the list, counted from 1. */
const CheckedStatement = z.object({ subQuestion: z.string(), text: z.string(), cites: z.array(z.int()) });
export type CheckedStatement = z.infer<typeof CheckedStatement>;

/** Sentences a researcher may note for one sub-question. */
const MOST_NOTES = 4;
const MOST_STATEMENTS = 40;
const MOST_GAPS = 5;

/** The one state that all agents of the research workflow share. */
export const Research = new StateSchema({
  question: z.string().trim().min(1),
  /** Files or folders of Markdown, text or HTML. */
  sources: Sources,

  // Written by ingest.
  corpus: z.object({ id: z.string(), files: z.int(), sentences: z.int() }),
  files: z.array(z.object({ file: z.string(), path: z.string(), hash: z.string() })).default([]),
  skipped: z.array(z.object({ file: z.string(), reason: z.string() })).default([]),
  topics: z.array(z.string()).default([]),

  // Written by the agents.
  subQuestions: z.array(z.string().min(1)).min(3).max(5),
  /** What one researcher works on. */
  subQuestion: z.string().default(""),
  notes: new ReducedValue(z.array(NumberedNote).default([]), {
    inputSchema: z.array(Note).max(MOST_NOTES),
    reducer: addNotes,
  }),
  draft: z.array(Statement).max(MOST_STATEMENTS).default([]),
  reviews: new ReducedValue(z.array(Review).default([]), {
    inputSchema: z.object({ verdict: Review.shape.verdict, gaps: Review.shape.gaps.max(MOST_GAPS) }),
    reducer: (known: Review[], review: Review) => [...known, review],
  }),

  // Written by checker and editor.
  findings: z.array(Finding).default([]),
  statements: z.array(CheckedStatement).default([]),
  dropped: z.array(DroppedNote).default([]),
  changed: z.array(z.string()).default([]),
  brief: z.string().default(""),
});

/** Several researchers may note the same sentence: it belongs to the first sub-question that it answered. */
export function addNotes(known: readonly NumberedNote[], found: readonly Note[]): NumberedNote[] {
  const notes = [...known];
  for (const note of found) {
    const isKnown = notes.some(
      ({ file, line, quote }) => file === note.file && line === note.line && quote === note.quote,
    );
    if (!isKnown) notes.push({ ...note, number: notes.length + 1 });
  }
  return notes;
}
