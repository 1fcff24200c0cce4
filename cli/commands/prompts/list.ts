import { compilePrompt } from "../../../prompts/compile.ts";
import { BatonError } from "../../../core/errors.ts";
import { type Commit, type LastCommit, lastCommits } from "../../../prompts/commits.ts";
import { folderSource } from "../../../prompts/folder.ts";
import { type CheckedOut, openPrompts, type PromptFlags, withRoot } from "../../open-prompts.ts";
import type { Output } from "../../output.ts";
import { oneLine } from "../../plain-text.ts";
import type { Configure } from "../../session.ts";
import { type Column, printTable } from "../../table.ts";

interface ListFlags extends PromptFlags {
  readonly all: boolean;
}

export const configure: Configure = (command, session) => {
  withRoot(command)
    .option("--all", "also Baton's own prompts that your folders do not replace", false)
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", "\nExample:\n  $ baton prompts list --all")
    .action(async (flags: ListFlags) => {
      session.exitCode = await list(flags, session.output);
    });
};

interface Row {
  readonly name: string;
  readonly description: string | null;
  readonly builtin: boolean;
  readonly ref: string | null;
  readonly closure: string | null;
  readonly dirty: boolean | null;
  /** The newest commit that changed the file, a partial or a schema of it. */
  readonly commit: Commit | null;
  readonly usedBy: readonly { readonly workflow: string; readonly node: string }[];
  /** Why it cannot be used. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

async function list(flags: ListFlags, output: Output): Promise<number> {
  const project = await openPrompts(flags, "runs");
  const commits = await commitsOf(project.roots);
  const used = new Set(project.uses.map(({ prompt }) => prompt));
  const builtins = project.library.builtins().filter((name) => flags.all || output.json || used.has(name));
  const rows = [
    ...project.library.names().map((name) => rowOf(project, commits, { name, builtin: false })),
    ...builtins.map((name) => rowOf(project, commits, { name, builtin: true })),
  ];
  if (project.bundle !== undefined) output.note(`Prompts of ${project.bundle}`);
  if (output.json) output.document({ prompts: rows });
  else if (rows.length > 0) output.result(printTable(rows, columns(output), output.width));
  else output.note("No prompts here yet. Write one such as prompts/hello.prompt");
  return 0;
}

type Commits = ReadonlyMap<string, LastCommit>;

/** Last commits by the name that errors give to a file. */
async function commitsOf(roots: readonly string[]): Promise<Commits> {
  const shown = await Promise.all(
    roots.map(async (root) => {
      const source = folderSource(root);
      return [...(await lastCommits(root))].map(([path, commit]) => [source.show(path), commit] as const);
    }),
  );
  return new Map(shown.flat());
}

function rowOf({ library, uses }: CheckedOut, commits: Commits, prompt: Pick<Row, "name" | "builtin">): Row {
  const { name } = prompt;
  const usedBy = uses.filter((use) => use.prompt === name).map(({ workflow, node }) => ({ workflow, node }));
  try {
    const pin = library.pin(name);
    const { show } = library.entry(name).entry.files;
    const newest = pin.files
      .flatMap(({ path }) => commits.get(show(path)) ?? [])
      .toSorted((one, other) => one.age - other.age)[0]?.commit;
    const { ref, closure, dirty } = pin;
    const description = compilePrompt(pin).description ?? null;
    return { ...prompt, description, ref, closure, dirty, commit: newest ?? null, usedBy, error: null };
  } catch (error) {
    if (!BatonError.is(error)) throw error;
    const { code, message } = error;
    const unknown = { description: null, ref: null, closure: null, dirty: null, commit: null };
    return { ...prompt, ...unknown, usedBy, error: { code, message } };
  }
}

function columns({ paint }: Output): readonly Column<Row>[] {
  return [
    { title: "PROMPT", text: ({ name }) => name, paint: (cell) => paint.out("bold", cell) },
    {
      title: "VERSION",
      text: versionOf,
      paint: (cell, { error, dirty }) => paint.out(error !== null ? "red" : dirty === true ? "yellow" : "green", cell),
    },
    { title: "COMMITTED", text: ({ commit }) => commit?.date.slice(0, 10) ?? "", drop: 2 },
    { title: "LAST COMMIT", text: ({ commit }) => oneLine(commit?.title ?? "", 50), drop: 1 },
    {
      title: "USED BY",
      text: ({ usedBy }) => usedBy.map(({ workflow, node }) => `${workflow}/${node}`).join(", "),
      drop: 3,
    },
  ];
}

function versionOf({ name, ref, dirty, builtin, error }: Row): string {
  if (error !== null) return "broken";
  const blob = (ref ?? "").slice(name.length + 1, name.length + 9);
  if (builtin) return `${blob} built in`;
  return dirty === true ? `${blob} dirty` : blob;
}
