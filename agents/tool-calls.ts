import { canonicalJson, isJsonObject, type JsonValue } from "../core/json.ts";
import type { ToolCallRef } from "../core/events.ts";
import type { ToolCall } from "../models/model.ts";
import type { GrantedTool, GrantedTools } from "./granted.ts";
import { parseJson } from "./schema.ts";
import type { CheckedCall } from "./tool-run.ts";

/** What is to become of a call that a model asked for. */
export type JudgedCall =
  | { readonly kind: "run"; readonly asked: ToolCall; readonly checked: CheckedCall }
  | {
      readonly kind: "handoff";
      readonly asked: ToolCall;
      readonly to: string;
      readonly reason: string;
      readonly update: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: "refused"; readonly asked: ToolCall; readonly reason: RefusalReason; readonly message: string };

export type RefusalReason = "not_granted" | "arguments_invalid" | "not_approved" | "too_many";

/** More than a model asks for in one turn; the rest is refused. */
const MOST_CALLS = 64;

/** Judges the calls of one turn, without running any: only tools that were granted, with arguments that fit their schema. */
export async function judge(calls: readonly ToolCall[], granted: GrantedTools): Promise<readonly JudgedCall[]> {
  const judged = await Promise.all(
    calls.map(async (asked, index): Promise<JudgedCall> => {
      if (index >= MOST_CALLS) return refused(asked, "too_many", `More than ${MOST_CALLS} calls in one turn.`);
      const entry = granted.byName.get(asked.name);
      if (entry === undefined) return refused(asked, "not_granted", unknownTool(asked.name, granted));
      return await judgeOne(asked, entry);
    }),
  );
  return judged.length === 1 ? judged : judged.map(refuseInCompany);
}

/** After a handoff the agent sees no result any more: a call beside it would be lost. */
function refuseInCompany(call: JudgedCall): JudgedCall {
  if (call.kind !== "handoff") return call;
  return refused(call.asked, "arguments_invalid", "A handoff ends your work: call it alone, after the other calls.");
}

async function judgeOne(asked: ToolCall, granted: GrantedTool): Promise<JudgedCall> {
  const parsed = parseJson(asked.arguments);
  if (!isJsonObject(parsed)) return refused(asked, "arguments_invalid", "The arguments are not a JSON object.");
  if (granted.kind === "handoff") {
    const { reason, ...fields } = parsed;
    const read = await granted.fields.read(JSON.stringify(fields));
    if (!read.ok) return refused(asked, "arguments_invalid", read.problem);
    return {
      kind: "handoff",
      asked,
      to: granted.handoff.target,
      reason: typeof reason === "string" ? reason : "",
      update: read.update,
    };
  }
  const { tool } = granted;
  const given = tool.parameters.plain(parsed);
  const checked = await tool.parameters.check(given);
  if (!checked.ok) return refused(asked, "arguments_invalid", `The arguments do not fit: ${checked.message}.`);
  return { kind: "run", asked, checked: { tool, given, input: checked.value } };
}

function refused(asked: ToolCall, reason: RefusalReason, message: string): JudgedCall {
  return { kind: "refused", asked, reason, message };
}

const LONGEST_NAME = 64;

function unknownTool(name: string, { byName }: GrantedTools): string {
  const known = [...byName.keys()].join(", ");
  return `There is no tool \`${name.slice(0, LONGEST_NAME)}\`${known === "" ? "" : `, only: ${known}`}.`;
}

const LONGEST_SHOWN = 2048;

/** A call as events tell of it. */
export function callRef({ id, name, arguments: text }: ToolCall, turn: number): ToolCallRef {
  const parsed = parseJson(text);
  const shown: JsonValue =
    parsed !== undefined && canonicalJson(parsed).length <= LONGEST_SHOWN ? parsed : text.slice(0, LONGEST_SHOWN);
  return { tool: name.slice(0, LONGEST_NAME), call: id, turn, arguments: shown };
}
