import { InvalidArgumentError } from "commander";

import { type PromptChange, promptHistory } from "../../../prompts/history.ts";
import { promptFileOf } from "../../../prompts/name.ts";
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
  const histories = await Promise.all(roots.map((root) => promptHistory(versions, { name, root, limit })));
  // A name stands in one folder; where it moved between two, the newer history comes first.
  const changes = histories
    .filter((history) => history.length > 0)
    .toSorted((one, other) => Date.parse(other[0]?.date ?? "") - Date.parse(one[0]?.date ?? ""))
    .flat()
    .slice(0, limit);
  // A name that neither the files nor the history know is a mistake.
  const current = changes.length > 0 && !library.names().includes(name) ? undefined : library.pin(name);
  if (output.json) {
    output.document({ name, uncommitted: current?.dirty ?? false, changes });
    return 0;
  }
  if (current?.dirty === true)
    output.note(`${name} has changes that are not committed: baton prompts diff ${name} HEAD`);
  if (changes.length > 0) output.result(printTable(changes, columns(output), output.width));
  else output.note(`No commit has changed ${name}.`);
  return 0;
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
