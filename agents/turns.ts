import pLimit from "p-limit";

import { BatonError } from "../core/errors.ts";
import { fenceData } from "../core/fence.ts";
import type { Approval } from "../core/journal.ts";
import { sha256 } from "../core/sha256.ts";
import type { ModelMessage, ModelRequest, ToolCall } from "../models/model.ts";
import { ask } from "./answer.ts";
import type { AgentCall } from "./ask.ts";
import type { GrantedTools } from "./granted.ts";
import type { OutputSchema } from "./schema.ts";
import { callRef, judge, type JudgedCall } from "./tool-calls.ts";
import { runTool } from "./tool-run.ts";

/** What an agent works with. */
export interface Assignment {
  readonly closure: string;
  /** The first request; later ones hold the calls and their results as well. */
  readonly request: ModelRequest;
  readonly output: OutputSchema;
  readonly granted: GrantedTools;
  readonly maxTurns: number;
}

/** How an agent's work ended: with an answer, or with the task in other hands. */
export type Outcome =
  | { readonly kind: "answer"; readonly update: Readonly<Record<string, unknown>> }
  | { readonly kind: "handoff"; readonly to: string; readonly update: Readonly<Record<string, unknown>> };

/** How often in a row a model is told that it called a tool wrongly. */
const MOST_CORRECTIONS = 2;

/**
 * Lets the model call tools until it answers or hands the task over. Calls of one turn run side by side; their results go back in the order of the
 * calls, as fenced data. Throws `turn-limit`, `tool-call-invalid` when the model keeps calling tools wrongly, and what a tool or the model throws.
 */
export async function work(call: AgentCall, assignment: Assignment): Promise<Outcome> {
  const { closure, request, output, granted, maxTurns } = assignment;
  let { messages } = request;
  let corrections = 0;
  for (let turn = 1; turn <= maxTurns; turn += 1) {
    const isLastChance = corrections === MOST_CORRECTIONS;
    const reply = await ask(call, {
      closure,
      request: { ...request, messages },
      output,
      ...(isLastChance ? { acceptCalls: (calls) => refuseWrong(call, { calls, granted, turn }) } : {}),
    });
    if (reply.kind === "answer") return reply;
    const judged = await judge(reply.toolCalls, granted);
    for (const entry of judged) emitRefusal(call, entry, turn);
    corrections = judged.some((entry) => entry.kind === "refused") ? corrections + 1 : 0;
    const handoff = judged.find((entry) => entry.kind === "handoff");
    if (handoff !== undefined) {
      const { to, reason, update } = handoff;
      call.services.emit({ type: "handed_off", ...call.task, to, reason });
      return { kind: "handoff", to, update };
    }
    const results = await runAll(call, await approve(call, judged, turn), turn);
    messages = [
      ...messages,
      { role: "assistant", content: reply.response.text, toolCalls: reply.toolCalls },
      ...results,
    ];
  }
  throw new BatonError("turn-limit", `The agent \`${call.task.node}\` took ${maxTurns} turns without an answer.`, {
    hint: "Raise `maxTurns` of the agent, or look at what it calls again and again; its finished calls are kept.",
  });
}

/** Asks a person about the calls that need a yes, all at once, before any call of the turn runs. */
async function approve(call: AgentCall, judged: readonly JudgedCall[], turn: number): Promise<readonly JudgedCall[]> {
  const asking = judged.flatMap((entry) =>
    entry.kind === "run" && entry.checked.tool.needsApproval(entry.checked.input) ? [entry] : [],
  );
  if (asking.length === 0) return judged;
  const answers = await call.journal.approvals(
    asking.map(({ checked: { tool, given } }) => ({
      call: { kind: "approval", name: tool.name, request: given },
      shown: { description: tool.description },
    })),
  );
  return judged.map((entry) => {
    const answer = entry.kind === "run" ? answers[asking.indexOf(entry)] : undefined;
    if (answer === undefined || answer.approved) return entry;
    const refusal: JudgedCall = {
      kind: "refused",
      asked: entry.asked,
      reason: "not_approved",
      message: noText(answer),
    };
    emitRefusal(call, refusal, turn);
    return refusal;
  });
}

function noText({ reason }: Approval): string {
  return `A person refused this call${reason === undefined ? "" : `: ${reason}`}. Do not make it again.`;
}

const MOST_AT_ONCE = 8;

/** All calls end before the first failure is thrown, so that what the others did is kept. */
async function runAll(call: AgentCall, judged: readonly JudgedCall[], turn: number): Promise<readonly ModelMessage[]> {
  const limit = pLimit(MOST_AT_ONCE);
  const settled = await Promise.allSettled(
    judged.map(async (entry) => await limit(async () => await runOne(call, entry, turn))),
  );
  const failures = settled.flatMap((result) =>
    result.status === "rejected" ? [{ reason: result.reason as unknown }] : [],
  );
  // A failure says more than a question that another call waits with.
  const worst = failures.find(({ reason }) => !isQuestion(reason)) ?? failures[0];
  if (worst !== undefined) throw worst.reason;
  return settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

function isQuestion(error: unknown): boolean {
  return typeof error === "object" && error !== null && "is_bubble_up" in error;
}

async function runOne(call: AgentCall, entry: JudgedCall, turn: number): Promise<ModelMessage> {
  const { asked } = entry;
  if (entry.kind !== "run") return toolMessage(asked, entry.kind === "refused" ? entry.message : "");
  const { tool } = entry.checked;
  const startedAt = performance.now();
  const { value, key, replayed } = await runTool(call, entry.checked);
  const { outcome, text, bytes } = value;
  call.services.emit({
    type: "tool_called",
    ...call.task,
    ...callRef(asked, turn),
    effect: tool.effect,
    key,
    outcome,
    result: text.slice(0, LONGEST_SHOWN),
    digest: sha256(text),
    bytes,
    ms: Math.round(performance.now() - startedAt),
    replayed,
  });
  return toolMessage(asked, fenceData(`${outcome === "done" ? "result" : "error"} of ${tool.name}`, text));
}

const LONGEST_SHOWN = 500;

function toolMessage({ id }: ToolCall, content: string): ModelMessage {
  return { role: "tool", toolCallId: id, content };
}

function emitRefusal({ services, task }: AgentCall, entry: JudgedCall, turn: number): void {
  if (entry.kind !== "refused") return;
  const { asked, reason, message } = entry;
  services.emit({ type: "tool_refused", ...task, ...callRef(asked, turn), reason, message });
}

interface TurnCalls {
  readonly calls: readonly ToolCall[];
  readonly granted: GrantedTools;
  readonly turn: number;
}

/** Thrown before the turn is kept as done: another attempt or a resume asks for it anew. */
async function refuseWrong(call: AgentCall, { calls, granted, turn }: TurnCalls): Promise<void> {
  const judged = await judge(calls, granted);
  const wrong = judged.find((entry) => entry.kind === "refused");
  if (wrong === undefined) return;
  for (const entry of judged) emitRefusal(call, entry, turn);
  throw new BatonError(
    "tool-call-invalid",
    `The model kept calling tools wrongly in node \`${call.task.node}\`, after ${MOST_CORRECTIONS} corrections: ${wrong.message}`,
    { hint: "Say in the tool's description what its arguments mean, or use another model; a resume asks again." },
  );
}
