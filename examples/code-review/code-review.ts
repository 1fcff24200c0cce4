import { END, ReducedValue, Send, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, node, workflow } from "batonjs";
import { z } from "zod";

import { filesOf } from "./diff.ts";

const File = z.object({ path: z.string(), patch: z.string() });
const Finding = z.object({
  path: z.string(),
  severity: z.enum(["blocker", "warning", "remark"]),
  text: z.string(),
});

export const Review = new StateSchema({
  /** What `git diff` prints. */
  diff: z.string().min(1),
  files: z.array(File).default([]),
  /** The one that a reviewer was sent. */
  file: File.optional(),
  findings: new ReducedValue(z.array(Finding).default([]), { reducer: (known, added) => known.concat(added) }),
  report: z.string().default(""),
});

const splitter = node(Review, { reads: ["diff"], writes: ["files"] }, ({ diff }) => ({ files: filesOf(diff) }));

const reviewer = agent(Review, { prompt: "code-review/review", reads: ["file"], writes: ["findings"] });

const SEVERITIES = Finding.shape.severity.options;

/** A plain function is enough to sort: not everything needs a model. */
const reporter = node(Review, { reads: ["files", "findings"], writes: ["report"] }, ({ files, findings }) => {
  const lines = SEVERITIES.flatMap((severity) =>
    findings
      .filter((finding) => finding.severity === severity)
      .map(({ path, text }) => `- ${severity}: \`${path}\` ${text}`),
  );
  return { report: [`${files.length} files, ${findings.length} findings`, ...lines].join("\n") };
});

/** Maps over the files of a diff: one reviewer each, at the same time; the reporter waits for all of them. */
const graph = new StateGraph(Review)
  .addNode("splitter", splitter)
  .addNode("reviewer", reviewer, { retryPolicy: { maxAttempts: 3 } })
  .addNode("reporter", reporter)
  .addEdge(START, "splitter")
  .addConditionalEdges(
    "splitter",
    ({ files }) => (files.length === 0 ? "reporter" : files.map((file) => new Send("reviewer", { file }))),
    ["reviewer", "reporter"],
  )
  .addEdge("reviewer", "reporter")
  .addEdge("reporter", END);

export const codeReview = workflow({
  id: "code-review",
  graph,
  description: "Reviews each file of a diff side by side.",
});
