import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { stringify } from "yaml";
import { z } from "zod";

import { BatonError } from "../../core/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue, textOf } from "../../core/json.ts";
import { CaseSpec, toCase } from "../../evals/case.ts";
import { targetName } from "../../evals/impact.ts";
import { openTarget } from "../../evals/open-targets.ts";
import { appendCases } from "../../evals/runs/append-cases.ts";
import { redacted } from "../../evals/runs/redact.ts";
import { caseOfRun, casesOfStep, type RunCase, type StoredRun } from "../../evals/runs/run-cases.ts";
import type { Suite, Target } from "../../evals/suite.ts";
import { readJsonArgument } from "../json-argument.ts";
import type { Output } from "../output.ts";
import { withStoredRun } from "../stored-run.ts";
import { chosenSuites, type EvalProject, openEvalProject } from "./eval-project.ts";

export interface AddCaseFlags {
  readonly run: string;
  readonly fromStep?: number;
  readonly suite?: string;
  readonly id?: string;
  readonly expected?: string;
  readonly asExpected?: boolean;
  readonly redact?: readonly string[];
  readonly dryRun?: boolean;
}

/** Makes cases of a run and adds them to a suite, which is written where there is none; returns the exit code. */
export async function addCase(flags: AddCaseFlags, output: Output): Promise<number> {
  if (flags.expected !== undefined && flags.asExpected === true) throw bothExpected();
  const given = flags.expected === undefined ? undefined : await readJsonArgument("--expected", flags.expected);
  using project = await openEvalProject();
  const found = await withStoredRun(flags.run, async ({ store, run }) => {
    const workflow = project.config.workflows.find(({ id }) => id === run.workflow);
    if (workflow === undefined) throw unknownWorkflow(run.workflow);
    return await foundIn({ store, run, workflow }, flags.fromStep);
  });
  const [{ target }] = found;
  const made = found.map((one, at) => caseFrom(one, { flags, expected: given, at, count: found.length }));
  const cases = made.map((one) => one.spec);
  const suite = suiteFor(target, project, flags.suite);
  refuseMisfits(cases, { suite, target, project });
  const file = suite?.caseFile ?? suite?.file ?? newSuiteFile(target);
  if (flags.dryRun !== true) {
    if (suite === undefined) await writeSuite(join(project.folder, file), target, cases);
    else
      await appendCases(
        { path: join(project.folder, file), shown: file, isSuite: suite.caseFile === undefined },
        cases,
      );
  }
  const changed = [...new Set(made.flatMap((one) => one.changed))];
  if (output.json) {
    output.document({ file, target: targetName(target), cases, redacted: changed, written: flags.dryRun !== true });
    return 0;
  }
  if (flags.dryRun === true) output.result(stringify(cases, { lineWidth: 120 }).trimEnd());
  else
    output.result(
      `Added ${cases.map((one) => `\`${textOf(one["id"])}\``).join(", ")} to ${file} (${targetName(target)}).`,
    );
  if (changed.length > 0) output.note(`Taken out: ${changed.join(", ")}`);
  output.note("Look through what was added before you commit it: names and addresses are not known to be secret.");
  return 0;
}

type Found = readonly [RunCase, ...(readonly RunCase[])];

async function foundIn(stored: StoredRun, step: number | undefined): Promise<Found> {
  if (step === undefined) return [caseOfRun(stored)];
  const [first, ...more] = await casesOfStep(stored, step);
  if (first === undefined) throw new BatonError("internal-error", `Step ${step} gave no case.`);
  const other = more.find(({ target }) => targetName(target) !== targetName(first.target));
  if (other === undefined) return [first, ...more];
  // Agents of several kinds ran side by side: each has a suite of its own.
  throw new BatonError(
    "bad-usage",
    `In step ${step} several agents ran: ${targetName(first.target)}, ${targetName(other.target)}.`,
    { hint: "Take a step in which one ran, or the whole run." },
  );
}

interface Making {
  readonly flags: AddCaseFlags;
  readonly expected: JsonValue | undefined;
  readonly at: number;
  readonly count: number;
}

function caseFrom(
  { case: made, output }: RunCase,
  { flags, expected, at, count }: Making,
): { readonly spec: JsonObject; readonly changed: readonly string[] } {
  if (flags.asExpected === true && output === undefined) throw noOutput(flags.run);
  const right = flags.asExpected === true ? output : expected;
  const id = flags.id === undefined ? made["id"] : count === 1 ? flags.id : `${flags.id}-${at + 1}`;
  const { from, id: _id, ...rest } = made;
  const { value, changed } = redacted(
    { ...rest, ...(right === undefined ? {} : { expected: right }) },
    flags.redact ?? [],
    process.env,
  );
  const clean = isJsonObject(value) ? value : {};
  return { spec: { id: id ?? "", ...clean, ...(from === undefined ? {} : { from }) }, changed };
}

function suiteFor(target: Target, { suites }: EvalProject, named: string | undefined): Suite | undefined {
  const own = suites.filter((suite) => targetName(suite.target) === targetName(target));
  if (named === undefined) return own.find(({ file }) => file?.endsWith(".eval.yaml") === true);
  const [suite] = chosenSuites(suites, [named]);
  if (suite !== undefined && targetName(suite.target) === targetName(target)) return suite;
  throw new BatonError(
    "bad-usage",
    `The suite \`${named}\` runs ${suite === undefined ? "nothing" : targetName(suite.target)}, but the case is one of ${targetName(target)}.`,
    { hint: own.length === 0 ? "Leave `--suite` out." : `Suites that do: ${own.map(({ name }) => name).join(", ")}.` },
  );
}

interface Fitting {
  readonly suite: Suite | undefined;
  readonly target: Target;
  readonly project: EvalProject;
}

function refuseMisfits(cases: readonly JsonObject[], { suite, target, project }: Fitting): void {
  const read = z.array(CaseSpec).parse(cases).map(toCase);
  const known = new Set(suite?.cases.map(({ id }) => id));
  const twice = read.find(({ id }) => known.has(id));
  if (twice !== undefined) {
    throw new BatonError("bad-usage", `The suite \`${suite?.name}\` has a case \`${twice.id}\` already.`, {
      hint: "Give the new one another name: --id <id>",
    });
  }
  if (suite !== undefined) {
    openTarget({ ...suite, cases: read }, project.sources(project.library));
    return;
  }
  if (read.every(({ expected }) => expected !== undefined)) return;
  throw new BatonError(
    "bad-usage",
    `No suite runs ${targetName(target)} yet, and without a right answer none can be made.`,
    {
      hint: "Give --expected or --as-expected, or write a suite with scorers of your own first.",
    },
  );
}

function newSuiteFile(target: Target): string {
  switch (target.kind) {
    case "agent":
      return `evals/${target.workflow}-${target.node}.eval.yaml`;
    case "workflow":
      return `evals/${target.workflow}-runs.eval.yaml`;
    case "prompt":
      return `evals/${target.prompt.replaceAll("/", "-")}.eval.yaml`;
    default:
      return target satisfies never;
  }
}

async function writeSuite(path: string, target: Target, cases: readonly JsonObject[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const named = target.kind === "agent" ? { agent: `${target.workflow}/${target.node}` } : targetKey(target);
  await writeFile(path, stringify({ ...named, cases, scorers: ["json-diff"] }, { lineWidth: 120 }), { flag: "wx" });
}

function targetKey(target: Exclude<Target, { kind: "agent" }>): object {
  return target.kind === "prompt" ? { prompt: target.prompt } : { workflow: target.workflow };
}

function noOutput(run: string): BatonError {
  return new BatonError("bad-usage", `Run \`${run}\` has no answer there that could be right.`, {
    hint: "Give it yourself: --expected <json>",
  });
}

function bothExpected(): BatonError {
  return new BatonError("bad-usage", "`--expected` and `--as-expected` both name the right answer.", {
    hint: "Give one of them.",
  });
}

function unknownWorkflow(id: string): BatonError {
  return new BatonError("unknown-workflow", `The run is one of workflow \`${id}\`, which this config does not have.`, {
    hint: "Add it to `workflows` in baton.config.ts.",
  });
}
