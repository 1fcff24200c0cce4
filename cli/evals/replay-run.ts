import type { Baton } from "../../baton.ts";
import { BatonError } from "../../core/errors.ts";
import { parseRunId } from "../../core/ids.ts";
import { canonicalJson, type JsonObject } from "../../core/json.ts";
import type { Case } from "../../evals/case.ts";
import type { CellOutcome } from "../../evals/cell.ts";
import { executeCell } from "../../evals/execute.ts";
import { executePair } from "../../evals/execute-pair.ts";
import { judgeTools } from "../../evals/judge-model.ts";
import { executionOf, recordedTarget } from "../../evals/runs/recorded-run.ts";
import { mean } from "../../evals/statistics/pairs.ts";
import type { Suite } from "../../evals/suite.ts";
import type { Execution } from "../../evals/target.ts";
import type { Run } from "../../runs/run.ts";
import { INTERRUPTED, interruptSignal } from "../interrupt-signal.ts";
import type { Output } from "../output.ts";
import { chosenPrompts, type PromptChoiceFlags } from "../prompt-flag.ts";
import { oneLine } from "../plain-text.ts";
import { printTable } from "../table.ts";
import { counted } from "../counted.ts";
import { chosenSuites, type EvalProject, openEvalProject } from "./eval-project.ts";

export interface ReplayFlags extends PromptChoiceFlags {
  readonly from: number;
  readonly suite?: string;
  readonly times: number;
}

interface ScoreRow {
  readonly suite: string;
  readonly scorer: string;
  readonly gates: boolean;
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly reason: string | undefined;
}

/** Runs the rest of a run anew and scores both ends; returns the exit code. */
export async function replayRun(id: string, flags: ReplayFlags, output: Output): Promise<number> {
  const wish = chosenPrompts(flags);
  if (flags.times < 1) throw new BatonError("bad-usage", "`--times` has to be 1 or more.");
  using project = await openEvalProject();
  const { createBaton } = await import("../../baton.ts");
  await using baton = await createBaton(project.config, { folder: project.folder });
  const run = await baton.run(parseRunId(id));
  const suites = suitesOf(run, project, flags.suite);
  using interrupt = interruptSignal({ onStop: () => output.note("Stopping.") });
  const { signal } = interrupt;
  const original = await executionIn(baton, run);
  const forks: { readonly run: Run; readonly execution: Execution }[] = [];
  for (let at = 1; at <= flags.times && !signal.aborted; at++) {
    const handle = await baton.fork(run.id, { ...wish, step: flags.from, reason: "eval replay", signal });
    await handle.result();
    const forked = await baton.run(handle.id);
    output.note(
      output.paint.err("dim", `${handle.id} · forked from ${id} before step ${flags.from}: ${forked.status}`),
    );
    forks.push({ run: forked, execution: await executionIn(baton, forked, { execution: original, step: flags.from }) });
  }
  if (signal.aborted) return INTERRUPTED;
  const rows = await scoreRows(
    { project, suites, run, original, forks: forks.map(({ execution }) => execution) },
    signal,
  );
  const calls = forks.reduce((sum, { execution }) => sum + execution.trace.modelCalls, 0);
  const upstream = upstreamCalls(
    await Promise.all(forks.map(({ run: { id: fork } }) => baton.events(fork))),
    flags.from,
  );
  const fields = changedFields(original.output, forks[0]?.execution.output);
  const failed = forks.filter((fork) => fork.run.status !== "completed");
  const fell = rows.filter(({ gates, before, after }) => gates && (after ?? 0) < (before ?? 0));
  if (output.json)
    output.document({
      run: id,
      from: flags.from,
      forks: forks.map((fork) => ({ runId: fork.run.id, status: fork.run.status })),
      modelCalls: { upstream, downstream: calls - upstream },
      scores: rows,
      changedFields: fields,
    });
  else output.result(text({ rows, fields, calls, upstream, from: flags.from, forks: forks.length }, output));
  return failed.length > 0 || fell.length > 0 ? 1 : 0;
}

function suitesOf(run: Run, { suites }: EvalProject, named: string | undefined): readonly Suite[] {
  const own = (named === undefined ? suites : chosenSuites(suites, [named])).filter(
    ({ target }) => target.kind === "workflow" && target.workflow === run.workflow,
  );
  if (named === undefined || own.length > 0) return own;
  throw new BatonError("bad-usage", `The suite \`${named}\` is not one of workflow \`${run.workflow}\`.`, {
    hint: "The end of a run is scored by suites on its workflow: `workflow: <id>`.",
  });
}

async function executionIn(
  baton: Baton,
  run: Run,
  upstream?: { readonly execution: Execution; readonly step: number },
): Promise<Execution> {
  const workflow = baton.workflows.find((one) => one.id === run.workflow);
  if (workflow === undefined) throw new BatonError("unknown-workflow", `There is no workflow \`${run.workflow}\`.`);
  return await executionOf({ store: baton.store, run, workflow, ...(upstream === undefined ? {} : { upstream }) });
}

interface Scoring {
  readonly project: EvalProject;
  readonly suites: readonly Suite[];
  readonly run: Run;
  readonly original: Execution;
  readonly forks: readonly Execution[];
}

async function scoreRows(
  { project, suites, run, original, forks }: Scoring,
  signal: AbortSignal,
): Promise<readonly ScoreRow[]> {
  const { library, model, embed } = project;
  const tools = judgeTools({ library, model: model.model, embed }, signal);
  const rows: ScoreRow[] = [];
  for (const suite of suites) {
    const given = caseFor(run, suite);
    const score = async (execution: Execution): Promise<CellOutcome> =>
      await executeCell({ target: recordedTarget(execution), case: given, scorers: suite.scorers, signal, tools });
    const before = await score(original);
    const after = await Promise.all(forks.map(score));
    const pairs = await Promise.all(
      after.map((fork) => executePair({ case: given, scorers: suite.pairScorers, before, after: fork, signal, tools })),
    );
    const single = suite.scorers.map((entry) => rowOf(entry, after, scoreIn(before, entry.scorer.name)?.score));
    const paired = suite.pairScorers.map((entry) => {
      const row = rowOf(entry, pairs, undefined);
      // What one side wins, the other one loses.
      return { ...row, before: row.after === undefined ? undefined : 1 - row.after };
    });
    const error = "error" in before ? before.error : undefined;
    rows.push(...[...single, ...paired].map((row) => ({ suite: suite.name, ...row, reason: error ?? row.reason })));
  }
  return rows;
}

interface Entry {
  readonly scorer: { readonly name: string };
  readonly gates: boolean;
}

function rowOf(
  { scorer: { name }, gates }: Entry,
  after: readonly CellOutcome[],
  before: number | undefined,
): Omit<ScoreRow, "suite"> {
  const known = after.flatMap((cell) => scoreIn(cell, name)?.score ?? []);
  const errors = after.flatMap((cell) => ("error" in cell ? cell.error : []));
  const reasons = after.flatMap((cell) => scoreIn(cell, name)?.reason ?? []);
  const reason = errors[0] ?? reasons[0];
  return { scorer: name, gates, before, after: known.length === 0 ? undefined : mean(known), reason };
}

function scoreIn(
  cell: CellOutcome,
  scorer: string,
): { readonly score: number; readonly reason?: string | undefined } | undefined {
  return cell.outcome === "scored" ? cell.scores[scorer] : undefined;
}

/** The case of the suite that asks the same, since it knows the right answer; else the run's input alone. */
function caseFor({ id, input }: Run, { cases }: Suite): Case {
  const known = cases.find((given) => canonicalJson(given.input) === canonicalJson(input));
  return known ?? { id, input, expected: undefined, group: undefined, mustPass: false };
}

/** Model calls of forks in steps before the one they begin with; there can be none. */
function upstreamCalls(forks: readonly Awaited<ReturnType<Baton["events"]>>[], from: number): number {
  return forks.flat().filter((event) => event.type === "model_called" && !event.replayed && event.step < from).length;
}

function changedFields(before: Execution["output"], after: Execution["output"] | undefined): readonly string[] {
  const [was, is] = [before, after].map((value) =>
    typeof value === "object" && value !== null ? (value as JsonObject) : {},
  );
  const names = new Set([...Object.keys(was ?? {}), ...Object.keys(is ?? {})]);
  return [...names].filter((name) => canonicalJson(was?.[name] ?? null) !== canonicalJson(is?.[name] ?? null));
}

interface Printed {
  readonly rows: readonly ScoreRow[];
  readonly fields: readonly string[];
  readonly calls: number;
  readonly upstream: number;
  readonly from: number;
  readonly forks: number;
}

function text({ rows, fields, calls, upstream, from, forks }: Printed, output: Output): string {
  const shown = (value: number | undefined): string => value?.toFixed(3) ?? "error";
  const table = printTable(
    rows,
    [
      { title: "suite", text: ({ suite }) => suite },
      { title: "scorer", text: ({ scorer }) => scorer },
      { title: "run", align: "right", text: ({ before }) => shown(before) },
      { title: "replay", align: "right", text: ({ after }) => shown(after) },
      { title: "reason", drop: 1, text: ({ reason }) => oneLine(reason ?? "") },
    ],
    output.width,
  );
  return [
    ...(rows.length === 0 ? ["No suite runs this workflow, so nothing is scored."] : [table]),
    `Model calls before step ${from}: ${upstream}; from there on: ${calls - upstream} in ${counted(forks, "replay")}.`,
    fields.length === 0 ? "The last state is the same." : `Fields that end differently: ${fields.join(", ")}.`,
  ].join("\n");
}
