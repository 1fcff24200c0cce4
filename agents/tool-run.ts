import { BatonError, ParkRequest } from "../core/errors.ts";
import { withoutSecrets } from "../core/redact.ts";
import type { EffectOutcome, JournaledResult } from "../core/journal.ts";
import { isJsonObject, type JsonValue } from "../core/json.ts";
import type { AgentCall } from "./ask.ts";
import type { Tool } from "./tool.ts";
import { ReportedFailure, resultText, type ToolResult } from "./tool-result.ts";

/** A tool call whose arguments were checked. */
export interface CheckedCall {
  readonly tool: Tool;
  /** The arguments as JSON: what the call's key and a person's approval are about. */
  readonly given: JsonValue;
  /** What the tool's schema made of them. */
  readonly input: unknown;
}

/**
 * Runs a tool through the journal, within its time. What a `read` or `idempotent` tool throws is a result for the model. A `once` tool that throws
 * may have taken effect: that ends the step with `tool-failed`, and a resume finds out or asks. `FatalError`, a request to park, interrupts and
 * the end of the run are thrown as they are.
 */
export async function runTool(call: AgentCall, checked: CheckedCall): Promise<JournaledResult<ToolResult>> {
  const { tool, given } = checked;
  const { journal } = call;
  const journaled = { kind: "tool", name: tool.name, request: given } as const;
  if (tool.effect !== "once") {
    return await journal.call<ToolResult>(journaled, async (key) => {
      try {
        return await perform(call, checked, key);
      } catch (error) {
        call.signal?.throwIfAborted();
        if (endsTheStep(error)) throw error;
        return failure(error);
      }
    });
  }
  const { reconcile } = tool;
  const settled = await journal.once<JsonValue>(
    journaled,
    (key) => performOnce(call, checked, key),
    reconcile === undefined ? {} : { reconcile: async (key) => await reconciled(tool, await reconcile(key)) },
  );
  // Not always what `performOnce` returned: a person may have said what the result was.
  return { ...settled, value: toToolResult(settled.value, tool) };
}

async function performOnce(call: AgentCall, checked: CheckedCall, key: string): Promise<ToolResult> {
  const { tool } = checked;
  try {
    return await perform(call, checked, key);
  } catch (error) {
    if (endsTheStep(error)) throw error;
    if (tool.hadNoEffect(error)) return failure(error);
    throw new BatonError("tool-failed", `Tool \`${tool.name}\` failed and may have taken effect: ${messageOf(error)}`, {
      hint: "Resume the run: the tool's `reconcile` finds out what became of the call, or you are asked.",
      cause: error,
    });
  }
}

async function perform(call: AgentCall, { tool, input }: CheckedCall, key: string): Promise<ToolResult> {
  const result = await withinTime(
    call,
    tool,
    async (signal) => await tool.run(input, { key, signal, run: call.services.run }),
  ).catch((error: unknown) => {
    if (error instanceof ReportedFailure) return error;
    throw error;
  });
  if (result instanceof ReportedFailure)
    return { outcome: "failed", ...resultText(result.message, tool.maxResultBytes) };
  const checked = await tool.checkResult(result);
  if (!checked.ok) throw new BadResult(`The tool returned what its \`output\` does not allow: ${checked.message}`);
  return { outcome: "done", ...resultText(checked.value ?? null, tool.maxResultBytes) };
}

class BadResult extends Error {
  override readonly name = "BadResult";
}

class TimedOut extends Error {
  override readonly name = "TimedOut";
}

/** A tool that does not listen to its signal is left behind; whatever it returns later is not used. */
async function withinTime<T>(
  { signal }: Pick<AgentCall, "signal">,
  { timeoutMs }: Pick<Tool, "timeoutMs">,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = Promise.withResolvers<never>();
  const time = new AbortController();
  const timer = setTimeout(() => {
    const error = new TimedOut(`The tool gave no result within ${timeoutMs} ms.`);
    over.reject(error);
    time.abort(error);
  }, timeoutMs);
  const stop = (): void => {
    over.reject(signal?.reason);
    time.abort(signal?.reason);
  };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([run(time.signal), over.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    // Nobody waits for it any more.
    over.promise.catch(() => undefined);
  }
}

/** What the agent must not swallow: the wish to stop or to park, and LangGraph's control flow. */
function endsTheStep(error: unknown): boolean {
  return (
    ParkRequest.is(error) ||
    // By name: the error may come from another copy of the package.
    (BatonError.is(error) && error.name === "FatalError") ||
    (BatonError.is(error) && ENDING_CODES.has(error.code)) ||
    (typeof error === "object" && error !== null && "is_bubble_up" in error && error.is_bubble_up === true)
  );
}

/** The server of a tool is gone: that is nothing the model could mend. */
const ENDING_CODES: ReadonlySet<string> = new Set(["tool-source-failed", "package-missing", "fenced", "lease-lost"]);

const LONGEST_MESSAGE = 2000;

function failure(error: unknown): ToolResult {
  const text = messageOf(error);
  return { outcome: error instanceof TimedOut ? "timed_out" : "failed", text, bytes: Buffer.byteLength(text) };
}

/** Only the message: a stack would show the model the insides of the app. */
function messageOf(error: unknown): string {
  const text = withoutSecrets(error instanceof Error ? error.message : String(error)).slice(0, LONGEST_MESSAGE);
  return text === "" ? "no reason given" : text;
}

async function reconciled(tool: Tool, found: EffectOutcome<JsonValue>): Promise<EffectOutcome<JsonValue>> {
  if (found.outcome !== "done") return found;
  return { outcome: "done", result: toToolResult(found.result, tool) };
}

function toToolResult(value: JsonValue, tool: Tool): ToolResult {
  return isToolResult(value) ? value : { outcome: "done", ...resultText(value, tool.maxResultBytes) };
}

function isToolResult(value: JsonValue): value is ToolResult {
  return (
    isJsonObject(value) &&
    Object.keys(value).length === 3 &&
    typeof value["text"] === "string" &&
    typeof value["bytes"] === "number" &&
    (value["outcome"] === "done" || value["outcome"] === "failed" || value["outcome"] === "timed_out")
  );
}
