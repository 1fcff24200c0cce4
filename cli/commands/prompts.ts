import type { Configure } from "../session.ts";

interface Subcommand {
  readonly name: string;
  readonly summary: string;
  load(): Promise<{ readonly configure: Configure }>;
}

const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "list",
    summary: "every prompt with version, last commit and users",
    load: () => import("./prompts/list.ts"),
  },
  { name: "show", summary: "print a prompt's text, or fill it with values", load: () => import("./prompts/show.ts") },
  {
    name: "log",
    summary: "commits that changed a prompt, its partials or schemas",
    load: () => import("./prompts/log.ts"),
  },
  { name: "diff", summary: "what differs between two versions of a prompt", load: () => import("./prompts/diff.ts") },
  { name: "lint", summary: "find mistakes in prompts", load: () => import("./prompts/lint.ts") },
  {
    name: "types",
    summary: "write TypeScript types of the prompts' variables",
    load: () => import("./prompts/types.ts"),
  },
  {
    name: "bundle",
    summary: "write prompts and their tagged versions into one verified file",
    load: () => import("./prompts/bundle.ts"),
  },
  { name: "import", summary: "make a prompt of a file in another format", load: () => import("./prompts/import.ts") },
];

const EXAMPLES = `
Examples:
  $ baton prompts list
  $ baton prompts show brief/write --input '{"topic":"tea"}'
  $ baton prompts lint --watch`;

/** Only the subcommand that is called loads its own file, once its arguments are known. */
export const configure: Configure = async (command, session, argv) => {
  command.addHelpText("after", EXAMPLES);
  for (const { name, summary, load } of SUBCOMMANDS) {
    const subcommand = command
      .command(name)
      .summary(summary)
      .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`);
    if (!argv.includes(name)) continue;
    const loaded = await load();
    await loaded.configure(subcommand, session, argv);
  }
};
