import type { CommandEntry } from "../command-list.ts";
import { group } from "../group.ts";

const MEMBERS: readonly CommandEntry[] = [
  {
    name: "export",
    summary: "write a thread into the tables of LangGraph's own PostgreSQL saver, which then goes on with it",
    load: () => import("./checkpoints/export.ts"),
  },
];

const EXAMPLE = `
Example:
  $ baton checkpoints export run_01K8Z0Q3 --to postgres://localhost/app`;

export const configure = group(MEMBERS, EXAMPLE);
