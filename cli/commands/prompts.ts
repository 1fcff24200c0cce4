import type { CommandEntry } from "../command-list.ts";
import { group } from "../group.ts";

const MEMBERS: readonly CommandEntry[] = [
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

export const configure = group(MEMBERS, EXAMPLES);
