import type { CommandEntry } from "../command-list.ts";
import { group } from "../group.ts";

const MEMBERS: readonly CommandEntry[] = [
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

export const configure = group(MEMBERS, EXAMPLES);
