import { InvalidArgumentError } from "commander";

import { BatonError } from "../../../core/errors.ts";
import { compileEntry } from "../../../prompts/checked-prompt.ts";
import { historyOf } from "../../../prompts/git.ts";
import { type PromptChange, promptHistory } from "../../../prompts/history.ts";
import type { PromptLibrary } from "../../../prompts/library.ts";
import { promptFileOf } from "../../../prompts/name.ts";
import type { Versions } from "../../../prompts/versions.ts";
import { openPrompts, type PromptFlags, withRoot } from "../../open-prompts.ts";
import type { Output } from "../../output.ts";
import { oneLine } from "../../plain-text.ts";
import type { Configure } from "../../session.ts";
import { type Column, printTable } from "../../table.ts";

interface LogFlags extends PromptFlags {
  readonly limit: number;
}

export const configure: Configure = (command, session) => {
  withRoot(command)
    .argument("<prompt>", "name of the prompt")
    .option("--limit <n>", "at most this many changes", parseLimit, 20)
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", "\nExample:\n  $ baton prompts log brief/write")
    .action(async (name: string, flags: LogFlags) => {
      session.exitCode = await log(name, flags, session.output);
    });
};

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new InvalidArgumentError("Expected a whole number above 0.");
}

async function log(name: string, { limit, ...flags }: LogFlags, output: Output): Promise<number> {
  promptFileOf(name);
  const { library, roots, versions: open } = await openPrompts(flags);
  using versions = open();
  if (versions.bundled !== undefined) return await logBundle(name, { versions, library }, output);
  const histories = await Promise.all(roots.map((root) => promptHistory(versions, { name, root, limit })));
  // A name stands in one folder; where it moved between two, the newer history comes first.
  const changes = histories
    .filter((history) => history.length > 0)
    .toSorted((one, other) => Date.parse(other[0]?.date ?? "") - Date.parse(one[0]?.date ?? ""))
    .flat()
    .slice(0, limit);
  // A name that neither the files nor the history know is a mistake.
  const uncommitted = changes.length === 0 ? library.pin(name).dirty : isDirty(library, name);
  if (output.json) {
    output.document({ name, uncommitted, changes });
    return 0;
  }
  const kept = await Promise.all(roots.map(historyOf));
  if (changes.length === 0) output.note(`No commit has changed ${name}.`);
  else if (uncommitted) output.note(`${name} has changes that are not committed: baton prompts diff ${name} HEAD`);
  if (kept.includes("none")) output.note("There is no Git history here: ask in a clone of the repository.");
  if (kept.includes("shallow"))
    output.note("This clone is shallow, so its first commit seems to have made everything: git fetch --unshallow");
  if (changes.length > 0) output.result(printTable(changes, columns(output), output.width));
  return 0;
}

interface BundledPrompts {
  readonly versions: Versions;
  readonly library: PromptLibrary;
}

/** A bundle has no history, but the versions that it was made with. */
async function logBundle(name: string, { versions, library }: BundledPrompts, output: Output): Promise<number> {
  const held = await Promise.all(
    (versions.bundled ?? []).map(async ({ commit, tags }, index) => {
      const pin = (index === 0 ? library : await versions.at(tags[0] ?? commit ?? "HEAD")).pinIfRight(name);
      return pin === undefined ? [] : [{ commit, tags, ref: pin.ref, closure: pin.closure }];
    }),
  );
  const rows = held.flat();
  if (rows.length === 0) library.pin(name);
  if (output.json) output.document({ name, uncommitted: false, changes: [], bundled: rows });
  else {
    output.note(
      "The prompts come from a bundle, which has these versions; the history is in a clone of the repository.",
    );
    output.result(printTable(rows, bundleColumns(output), output.width));
  }
  return 0;
}

interface BundledRow {
  readonly commit: string | null;
  readonly tags: readonly string[];
  readonly ref: string;
  readonly closure: string;
}

function bundleColumns({ paint }: Output): readonly Column<BundledRow>[] {
  return [
    {
      title: "COMMIT",
      text: ({ commit }) => commit?.slice(0, 8) ?? "none",
      paint: (cell) => paint.out("yellow", cell),
    },
    { title: "CLOSURE", text: ({ closure }) => closure.slice(0, 8) },
    { title: "TAGS", text: ({ tags }) => oneLine(tags.join(", "), 72) },
  ];
}

function isDirty(library: PromptLibrary, name: string): boolean {
  if (!library.names().includes(name)) return false;
  const { entry, used } = library.entry(name);
  try {
    compileEntry(entry);
  } catch (error) {
    // Whoever broke a prompt wants to see its history too.
    if (!BatonError.is(error)) throw error;
  }
  return [...used.values()].some(({ dirty }) => dirty);
}

function columns({ paint }: Output): readonly Column<PromptChange>[] {
  return [
    { title: "COMMIT", text: ({ id }) => id.slice(0, 8), paint: (cell) => paint.out("yellow", cell) },
    { title: "DATE", text: ({ date }) => date.slice(0, 10) },
    { title: "CLOSURE", text: ({ closure, state }) => closure?.slice(0, 8) ?? state, drop: 2 },
    { title: "AUTHOR", text: ({ author }) => oneLine(author, 24), drop: 3 },
    { title: "TITLE", text: ({ title }) => oneLine(title, 72) },
    { title: "FILES", text: ({ paths }) => oneLine(paths.join(", "), 80), drop: 1 },
  ];
}
