import type { Usage } from "../core/events.ts";
import { FatalError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import type { FinishReason, GenerateOptions, Model, ModelRequest, ModelResponse, ToolCall } from "../models/model.ts";

export interface ScriptedAnswer {
  /**
   * The answer: an object (sent as JSON), the raw text, `calls()` of tools, an error to throw, or a function of the request that gives one of
   * them.
   */
  readonly answer: Playable | ((request: ModelRequest) => Playable | Promise<Playable>);
  /** Which calls it is for: a text or pattern that one of the messages holds, or a predicate. @default any call */
  readonly when?: string | RegExp | ((request: ModelRequest) => boolean);
  /** How many calls it answers. @default 1 */
  readonly times?: number;
  /** @default "stop" */
  readonly finish?: FinishReason;
  /** @default one token for every four characters */
  readonly usage?: Usage;
}

export type Playable = JsonObject | string | Error | ScriptedCalls;

/** Tool calls as an answer; made by `calls()`. */
export interface ScriptedCalls {
  readonly [CALLS]: readonly ToolCall[];
}

const CALLS = Symbol("scripted calls");

/** An answer that calls tools: each is a name with its arguments, or with a raw text in their place. */
export function calls(...wanted: readonly (readonly [name: string, input?: JsonObject | string])[]): ScriptedCalls {
  return {
    [CALLS]: wanted.map(([name, input = {}], index) => ({
      id: `call_${index + 1}`,
      name,
      arguments: typeof input === "string" ? input : JSON.stringify(input),
    })),
  };
}

export interface ScriptedModel extends Model {
  /** Every request so far, in the order of the calls. */
  readonly requests: readonly ModelRequest[];
  /** Throws when an answer was never asked for, or when a call came that the script does not know. */
  assertUsedUp(): void;
}

/**
 * A model for tests that plays answers: each call takes the first one left that fits it. A call that none fits throws a `FatalError`,
 * which nothing retries, and is held against the script by `assertUsedUp()` even when the caller swallows it.
 */
export function scripted(script: readonly ScriptedAnswer[]): ScriptedModel {
  const left = script.map(({ times = 1 }) => times);
  const requests: ModelRequest[] = [];
  const unexpected: string[] = [];

  function take(request: ModelRequest): ScriptedAnswer {
    const index = script.findIndex((entry, position) => (left[position] ?? 0) > 0 && fits(entry, request));
    const entry = script[index];
    if (entry === undefined) {
      const message = `Model call ${requests.length} is not in the script: ${excerpt(request)}`;
      unexpected.push(message);
      throw new FatalError(message, { hint: `Left in the script: ${describeLeft(script, left)}.` });
    }
    left[index] = (left[index] ?? 0) - 1;
    return entry;
  }

  async function generate(request: ModelRequest, options: GenerateOptions = {}): Promise<ModelResponse> {
    options.signal?.throwIfAborted();
    requests.push(request);
    const entry = take(request);
    const played = typeof entry.answer === "function" ? await entry.answer(request) : entry.answer;
    options.signal?.throwIfAborted();
    if (played instanceof Error) throw played;
    if (isCalls(played)) {
      const toolCalls = played[CALLS];
      const usage = entry.usage ?? estimate(request, JSON.stringify(toolCalls));
      return { text: "", finish: entry.finish ?? "tool_calls", toolCalls, usage, model: "scripted" };
    }
    const text = typeof played === "string" ? played : JSON.stringify(played);
    if (text !== "") options.onToken?.(text);
    return {
      text,
      finish: entry.finish ?? "stop",
      usage: entry.usage ?? estimate(request, text),
      model: "scripted",
    };
  }

  return {
    ref: "scripted",
    settings: {},
    check() {
      // A script needs no key.
    },
    probe: async () => "plays a script",
    generate,
    requests,
    assertUsedUp() {
      const problems = [
        ...unexpected,
        ...(left.some((count) => count > 0) ? [`Never asked for: ${describeLeft(script, left)}`] : []),
      ];
      if (problems.length > 0) throw new Error(`The script does not fit the calls.\n${problems.join("\n")}`);
    },
  };
}

function isCalls(played: Playable): played is ScriptedCalls {
  return typeof played === "object" && CALLS in played;
}

function fits({ when }: ScriptedAnswer, request: ModelRequest): boolean {
  if (when === undefined) return true;
  if (typeof when === "function") return when(request);
  return request.messages.some(({ content }) =>
    typeof when === "string" ? content.includes(when) : content.search(when) !== -1,
  );
}

function describeLeft(script: readonly ScriptedAnswer[], left: readonly number[]): string {
  const open = script.flatMap(({ when }, index) => {
    const count = left[index] ?? 0;
    const which =
      when === undefined ? "any call" : typeof when === "function" ? when.name || "a predicate" : String(when);
    return count === 0 ? [] : [`answer ${index + 1} (${which}${count === 1 ? "" : `, ${count} times`})`];
  });
  return open.length === 0 ? "nothing" : open.join(", ");
}

const LONGEST_EXCERPT = 200;

function excerpt({ messages }: ModelRequest): string {
  const text = messages.map(({ role, content }) => `${role}: ${content}`).join(" | ");
  return text.length > LONGEST_EXCERPT ? `${text.slice(0, LONGEST_EXCERPT)}…` : text;
}

function estimate({ messages }: ModelRequest, text: string): Usage {
  const asked = messages.reduce((sum, { content }) => sum + content.length, 0);
  return { inputTokens: Math.ceil(asked / 4), outputTokens: Math.ceil(text.length / 4) };
}
