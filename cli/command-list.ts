import type { Configure } from "./session.ts";

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** True for a command that only gathers others. */
  readonly isGroup?: true;
  /** Loads the command's own file; nothing heavy comes with it before its action runs. */
  load(): Promise<{ readonly configure: Configure }>;
}

/** Every command there is, in the order in which help shows them. */
export const COMMANDS: readonly CommandEntry[] = [
  { name: "run", summary: "start a workflow", load: () => import("./commands/run.ts") },
  { name: "resume", summary: "go on with a run from its last checkpoint", load: () => import("./commands/resume.ts") },
  { name: "cancel", summary: "stop a run for good", load: () => import("./commands/cancel.ts") },
  { name: "fork", summary: "make a new run from an earlier step of a run", load: () => import("./commands/fork.ts") },
  { name: "runs", summary: "list runs, newest first", load: () => import("./commands/runs.ts") },
  {
    name: "show",
    summary: "show one run: steps, pins, error, open questions",
    load: () => import("./commands/show.ts"),
  },
  { name: "why", summary: "explain where a value of a run comes from", load: () => import("./commands/why.ts") },
  {
    name: "diff",
    summary: "say where two runs went apart, and why",
    load: () => import("./commands/diff.ts"),
  },
  { name: "report", summary: "write a run as a page for people", load: () => import("./commands/report.ts") },
  { name: "graph", summary: "draw a workflow", load: () => import("./commands/graph.ts") },
  {
    name: "prompts",
    summary: "list, show, compare and check prompts",
    isGroup: true,
    load: () => import("./commands/prompts.ts"),
  },
  {
    name: "memory",
    summary: "look through what is remembered, explain a route, purge",
    isGroup: true,
    load: () => import("./commands/memory.ts"),
  },
  {
    name: "eval",
    summary: "judge prompts by their suites, also against an earlier version",
    load: () => import("./commands/eval.ts"),
  },
  {
    name: "doctor",
    summary: "prove that store, model, memory and prompts answer",
    load: () => import("./commands/doctor.ts"),
  },
  {
    name: "check",
    summary: "say which stored runs this version would break",
    load: () => import("./commands/check.ts"),
  },
  { name: "prune", summary: "remove the history of settled runs", load: () => import("./commands/prune.ts") },
  {
    name: "checkpoints",
    summary: "hand a thread to LangGraph's own saver",
    isGroup: true,
    load: () => import("./commands/checkpoints.ts"),
  },
  { name: "init", summary: "write a small working app into a folder", load: () => import("./commands/init.ts") },
];
