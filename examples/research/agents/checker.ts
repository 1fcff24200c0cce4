import { node } from "batonjs";

import { locateQuote } from "../sources/locate.ts";
import { type RawText, readRaw } from "../sources/read.ts";
import {
  type CheckedStatement,
  type DroppedNote,
  type Finding,
  type NumberedNote,
  Research,
  type Statement,
} from "../state.ts";

/**
 * Opens every cited file and looks whether the quoted words stand on the cited line. What is not there is dropped and recorded;
 * after this node no model has a word, so the brief cannot cite it.
 */
export const checker = node(
  Research,
  {
    reads: ["subQuestions", "reviews", "files", "notes", "draft"],
    writes: ["findings", "statements", "dropped", "changed"],
  },
  async ({ subQuestions, reviews, files, notes, draft }, { signal }) => {
    const asked = [...subQuestions, ...reviews.flatMap((review) => review.gaps)];
    const texts = new Map<string, RawText>();
    const cited = notes.filter(({ number }) => draft.some(({ numbers }) => numbers.includes(number)));
    for (const { path } of files.filter(({ file }) => cited.some((note) => note.file === file))) {
      signal?.throwIfAborted();
      texts.set(path, await readRaw(path));
    }
    const checks = cited.map((note) =>
      check(
        note,
        files.filter(({ file }) => file === note.file).map(({ path }) => texts.get(path)),
      ),
    );
    return {
      ...settle(draft, checks, asked),
      changed: files.filter(({ path, hash }) => isChanged(texts.get(path), hash)).map(({ file }) => file),
    };
  },
);

type Check =
  | { readonly ok: true; readonly note: NumberedNote; readonly finding: Finding }
  | { readonly ok: false; readonly note: NumberedNote; readonly reason: string };

function check(note: NumberedNote, texts: readonly (RawText | undefined)[]): Check {
  const { claim, file, line, quote } = note;
  const [first] = texts;
  if (first === undefined) return { ok: false, note, reason: `no source is named ${file}` };
  // Two given folders may each hold a file of this name.
  for (const text of texts) {
    const located = text?.ok === true ? locateQuote(text.text, { quote, line }) : undefined;
    if (located !== undefined)
      return { ok: true, note, finding: { claim, quote: located.quote, file, line: located.line } };
  }
  return { ok: false, note, reason: first.ok ? `the quoted words are not at line ${line}` : first.reason };
}

function isChanged(text: RawText | undefined, hash: string): boolean {
  return text !== undefined && (!text.ok || text.hash !== hash);
}

interface Settled {
  readonly findings: Finding[];
  readonly statements: CheckedStatement[];
  readonly dropped: DroppedNote[];
}

/** Keeps the statements that still rest on all their notes, by sub-question, and counts their findings anew in that order. */
function settle(draft: readonly Statement[], checks: readonly Check[], asked: readonly string[]): Settled {
  const kept = draft.flatMap(({ text, numbers }) => {
    const held = checks.filter((entry) => entry.ok).filter(({ note }) => numbers.includes(note.number));
    const [first] = held;
    if (first === undefined || held.length < new Set(numbers).size) return [];
    return [{ text, subQuestion: closestOf(asked, first.note.subQuestion), found: held.map(({ finding }) => finding) }];
  });
  const findings: Finding[] = [];
  const statements = kept
    .toSorted((a, b) => asked.indexOf(a.subQuestion) - asked.indexOf(b.subQuestion))
    .map(({ text, subQuestion, found }) => ({
      subQuestion,
      text,
      cites: [...new Set(found.map((finding) => placeOf(findings, finding)))],
    }));
  const dropped = checks
    .filter((entry) => !entry.ok)
    .map(({ note: { number: _number, ...note }, reason }) => ({ ...note, reason }));
  return { findings, statements, dropped };
}

/** The place of a finding in the list, counted from 1; it is added when it is new. */
function placeOf(findings: Finding[], finding: Finding): number {
  const known = findings.findIndex(
    ({ file, line, quote }) => file === finding.file && line === finding.line && quote === finding.quote,
  );
  if (known !== -1) return known + 1;
  return findings.push(finding);
}

/** A model may have copied its sub-question loosely: then the one that shares most of its words is meant. */
function closestOf(asked: readonly string[], given: string): string {
  if (asked.includes(given)) return given;
  const words = wordsOf(given);
  const shared = (question: string): number =>
    wordsOf(question).intersection(words).size / wordsOf(question).union(words).size;
  return asked.toSorted((a, b) => shared(b) - shared(a))[0] ?? given;
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu));
}
