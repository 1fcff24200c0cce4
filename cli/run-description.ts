import { stepsOf } from "../runs/history.ts";
import { ownerIsGone } from "../runs/owner.ts";
import type { Run } from "../runs/run.ts";
import { answerHint } from "./answer-hint.ts";
import { printAge, printDuration } from "./duration.ts";
import { costPart } from "./money.ts";
import type { Output } from "./output.ts";
import { statusStyle } from "./paint.ts";
import { oneLine } from "./plain-text.ts";
import { promptLines } from "./prompt-facts.ts";
import { type RunRecord, usageOf } from "./run-document.ts";
import { rowName, type StepRow, stepRows } from "./step-rows.ts";
import { type Column, printTable } from "./table.ts";

/** A run as `show` prints it: facts, pins, steps, state, and what to do next. */
export function describeRun(run: Run, { events, changed }: RunRecord, output: Output): string {
  const steps = stepsOf(events);
  const sections = [
    facts([...identity(run, output), ...ending(run)], output),
    titled("Pinned", facts(pins(run, { events, changed }), output), output),
    ...(steps.length === 0
      ? []
      : [
          titled(
            "Steps",
            printTable(
              stepRows(steps),
              stepColumns(
                output,
                steps.some(({ costUsd }) => costUsd !== 0),
              ),
              output.width,
            ),
            output,
          ),
        ]),
    ...stateSection(run, output),
    ...nextMove(run),
  ];
  return sections.join("\n\n");
}

type Fact = readonly [name: string, value: string];

function identity(run: Run, { paint }: Output): readonly Fact[] {
  const now = Date.now();
  const thread: string = run.thread;
  return [
    ["run", paint.out("bold", run.id)],
    ["workflow", run.workflow],
    ["status", paint.out(statusStyle(run.status), run.status)],
    ...(thread === run.id ? [] : [["thread", thread] as const]),
    ...(run.session === thread ? [] : [["session", run.session] as const]),
    ...(run.tenant === "default" ? [] : [["tenant", run.tenant] as const]),
    ["started", `${new Date(run.createdAt).toISOString()} (${printAge(now - run.createdAt)})`],
    ["took", printDuration((run.status === "running" ? now : run.updatedAt) - run.createdAt)],
  ];
}

function ending(run: Run): readonly Fact[] {
  switch (run.status) {
    case "failed":
    case "dead":
      return [
        ...(run.node === undefined ? [] : [["where", oneLine(`step ${run.step ?? "?"} in node ${run.node}`)] as const]),
        ...(run.status === "dead" ? [["crashed", `in epochs ${run.epochs.join(", ")}`] as const] : []),
        ...(run.status === "dead" && run.checkpoint !== undefined ? [["checkpoint", run.checkpoint] as const] : []),
        ["error", oneLine(run.error.message, 400)],
        ...(run.error.hint === undefined ? [] : [["", oneLine(run.error.hint, 400)] as const]),
      ];
    case "parked":
    case "cancelled":
      return [
        ["reason", oneLine(run.reason, 400)],
        ...(run.status === "parked" && run.nextAt !== undefined
          ? [["try again", new Date(run.nextAt).toISOString()] as const]
          : []),
      ];
    case "running":
      return [
        [
          "owner",
          `${oneLine(run.owner)} (epoch ${run.epoch})${ownerIsGone(run.owner) ? ", a process that is gone" : ""}`,
        ],
      ];
    case "queued":
    case "interrupted":
    case "completed":
      return [];
    default:
      return run satisfies never;
  }
}

function pins(run: Run, { events, changed }: RunRecord): readonly Fact[] {
  const { model, fingerprint } = run.pins;
  const usage = usageOf(events);
  const replayed = usage.replayedCalls === 0 ? "" : `, ${usage.replayedCalls} of them read back`;
  return [
    ["model", `${model.ref}${model.ref === "offline" ? " (no language model)" : ""}`],
    [
      "calls",
      [
        `${usage.modelCalls}${replayed}`,
        `${usage.inputTokens} tokens in, ${usage.outputTokens} out`,
        costPart(usage.costUsd, usage.modelCalls),
      ]
        .filter((part) => part !== "")
        .join("; "),
    ],
    ["workflow", `fingerprint ${fingerprint.slice(0, 12)}`],
    ...promptLines(run, events, changed).map((line, index): Fact => [index === 0 ? "prompts" : "", line]),
  ];
}

function stepColumns({ paint }: Output, hasCost: boolean): readonly Column<StepRow>[] {
  const colour = { completed: "green", failed: "red", unfinished: "yellow" } as const;
  return [
    { title: "STEP", text: ({ step }) => String(step), align: "right" },
    { title: "NODE", text: rowName },
    {
      title: "OUTCOME",
      text: ({ outcome }) => outcome,
      paint: (cell, { outcome }) => paint.out(colour[outcome], cell),
      drop: 4,
    },
    { title: "TIME", text: ({ ms }) => (ms === undefined ? "" : printDuration(ms)), align: "right", drop: 3 },
    { title: "ATTEMPTS", text: ({ attempt }) => String(attempt), align: "right", drop: 5 },
    {
      title: "CALLS",
      text: ({ modelCalls, replayedCalls }) => callText(modelCalls, replayedCalls),
      align: "right",
      drop: 2,
    },
    { title: "TOKENS", text: ({ tokens }) => (tokens === 0 ? "" : String(tokens)), align: "right", drop: 1 },
    ...(hasCost
      ? [
          {
            title: "COST",
            text: ({ costUsd, modelCalls }: StepRow) => costPart(costUsd, modelCalls).replace("cost ", ""),
            align: "right",
            drop: 0,
          } as const,
        ]
      : []),
  ];
}

function callText(calls: number, replayed: number): string {
  if (calls === 0) return "";
  return replayed === 0 ? String(calls) : `${calls} (${replayed} read back)`;
}

const LONGEST_FIELD = 100;

function stateSection(run: Run, output: Output): readonly string[] {
  const state = "state" in run ? Object.entries(run.state) : [];
  if (state.length === 0) return [];
  const lines = state.map(([name, value]): Fact => [
    oneLine(name, 40),
    oneLine(typeof value === "string" ? value : JSON.stringify(value), LONGEST_FIELD),
  ]);
  return [titled("State", facts(lines, output), output)];
}

function nextMove(run: Run): readonly string[] {
  const isLeft = run.status === "running" && ownerIsGone(run.owner);
  if (isLeft || run.status === "failed" || run.status === "parked") return [`Resume with: baton resume ${run.id}`];
  if (run.status === "dead") return [`Try again all the same with: baton resume ${run.id} --force`];
  if (run.status !== "interrupted") return [];
  return run.interrupts.map(
    ({ id, value }) =>
      `Waits for an answer to: ${oneLine(JSON.stringify(value), 500)}\n${answerHint({ run: run.id, id, value })}`,
  );
}

function facts(lines: readonly Fact[], { paint }: Output): string {
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${paint.out("dim", name.padEnd(width))}  ${value}`.trimEnd()).join("\n");
}

function titled(title: string, body: string, { paint }: Output): string {
  return `${paint.out("bold", title)}\n${body}`;
}
