import type { Configure } from "../session.ts";

interface Subcommand {
  readonly name: string;
  readonly summary: string;
  load(): Promise<{ readonly configure: Configure }>;
}

const SUBCOMMANDS: readonly Subcommand[] = [
  { name: "recall", summary: "what the layers hold about something", load: () => import("./memory/recall.ts") },
  { name: "route", summary: "which layers a query would ask, and why", load: () => import("./memory/route.ts") },
  {
    name: "list",
    summary: "the items of a session or namespace, oldest first",
    load: () => import("./memory/list.ts"),
  },
  {
    name: "purge",
    summary: "remove what was remembered, and what was made of it",
    load: () => import("./memory/purge.ts"),
  },
];

const EXAMPLES = `
Examples:
  $ baton memory recall "How do I resume a run?" --namespace docs
  $ baton memory route "What did we decide yesterday?" --agent writer --session ada --explain
  $ baton memory purge --run run_01J... --yes`;

/** Only the subcommand that is called loads its own file. */
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
