import type { CommandEntry } from "./command-list.ts";
import type { Configure } from "./session.ts";

/** A command that only gathers others: the one that is called loads its own file, the rest give name and summary to the help. */
export function group(members: readonly CommandEntry[], examples: string): Configure {
  return async function configureGroup(command, session, argv) {
    command.addHelpText("after", examples);
    for (const { name, summary, load } of members) {
      const member = command.command(name).summary(summary).description(sentence(summary));
      if (!argv.includes(name)) continue;
      const { configure } = await load();
      await configure(member, session, argv);
    }
  };
}

/** What a summary says, as a sentence. */
export function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}
