import { BatonError } from "../core/errors.ts";
import type { ToolEffect } from "../core/events.ts";
import type { EffectOutcome } from "../core/journal.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import type { RunIdentity } from "./services.ts";
import {
  checkValue,
  type InputOf,
  type OutputOf,
  printJsonSchema,
  type SchemaCheck,
  type StandardSchema,
} from "./standard-schema.ts";
import { toStrictSchema, withoutAddedNulls } from "./strict-schema.ts";

/** What a tool receives beside its arguments. */
export interface ToolContext {
  /** Stays the same when the call is made again after a crash: pass it on where the other side takes an idempotency key. */
  readonly key: string;
  /** Aborts when the run is stopped or the tool's time is over. */
  readonly signal: AbortSignal;
  readonly run: RunIdentity;
}

export interface ToolSpec<I extends StandardSchema, O extends StandardSchema> {
  /** 1 to 64 letters, digits, dashes and underscores. */
  readonly name: string;
  /** Tells the model what the tool does, when to use it, and what it returns. */
  readonly description: string;
  /** Schema of the arguments: an object. */
  readonly input: I;
  /** Schema of the result: another one counts as a failure of the tool. @default whatever `run` returns */
  readonly output?: O;
  /**
   * `read` changes nothing; `idempotent` may be repeated under one key; `once` must not happen twice: that it begins is stored first, and a call
   * of which nobody knows whether it took effect is never made again unasked.
   */
  readonly effect: ToolEffect;
  /** `once` only: finds out by the call's key what became of it. @default nobody knows: a person is asked */
  readonly reconcile?: (key: string) => Promise<EffectOutcome<JsonValue>>;
  /** `once` only: true for an error that proves that the call had no effect; the model is told of it. @default never */
  readonly hadNoEffect?: (error: unknown) => boolean;
  /** A person has to say yes to exactly these arguments before the tool runs. @default false */
  readonly needsApproval?: boolean | ((input: OutputOf<I>) => boolean);
  /** @default 60 000; raise it for slow services */
  readonly timeoutMs?: number;
  /** A longer result is cut, and the model is told so. @default 65 536; raise it when the model needs more of it */
  readonly maxResultBytes?: number;
  run(input: OutputOf<I>, context: ToolContext): InputOf<O> | Promise<InputOf<O>>;
}

/** What an agent may call. `Input` and `Output` are what `run` takes and returns. */
export interface Tool<Input = unknown, Output = unknown> {
  readonly kind: "tool";
  readonly name: string;
  readonly description: string;
  readonly effect: ToolEffect;
  readonly timeoutMs: number;
  readonly maxResultBytes: number;
  readonly parameters: ToolParameters;
  readonly reconcile: ((key: string) => Promise<EffectOutcome<JsonValue>>) | undefined;
  hadNoEffect(error: unknown): boolean;
  needsApproval(input: Input): boolean;
  run(input: Input, context: ToolContext): Output | Promise<Output>;
  /** Checks what `run` returned. */
  checkResult(result: unknown): Promise<SchemaCheck>;
}

/** The arguments of a tool: what the model is told of them, and their check. */
export interface ToolParameters {
  readonly schema: JsonObject;
  readonly strict: boolean;
  /** Turns the nulls of the strict schema back into absence. */
  plain(value: JsonValue): JsonValue;
  check(value: JsonValue): Promise<SchemaCheck>;
}

const TOOL_NAME = /^[A-Za-z0-9_-]{1,64}$/u;
const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_MAX_RESULT_BYTES = 65_536;

/**
 * Makes a function a tool that agents can be given: `agent(State, { …, tools: [tool] })`. Opens and calls nothing.
 *
 * Throws `tool-invalid` when the name, a limit or the schema of the arguments is none.
 */
export function tool<I extends StandardSchema, O extends StandardSchema = StandardSchema>(
  spec: ToolSpec<I, O>,
): Tool<OutputOf<I>, InputOf<O>> {
  const { name, description, effect, needsApproval = false, output } = spec;
  if (!TOOL_NAME.test(name))
    throw invalid(name, "its name is not made of 1 to 64 letters, digits, dashes and underscores");
  if (effect !== "once" && (spec.reconcile !== undefined || spec.hadNoEffect !== undefined))
    throw invalid(name, "only a tool whose effect is `once` has `reconcile` and `hadNoEffect`");
  return {
    kind: "tool",
    name,
    description,
    effect,
    timeoutMs: positive(name, "timeoutMs", spec.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    maxResultBytes: positive(name, "maxResultBytes", spec.maxResultBytes ?? DEFAULT_MAX_RESULT_BYTES),
    parameters: parametersOf(name, spec.input),
    reconcile: spec.reconcile,
    hadNoEffect: (error) => spec.hadNoEffect?.(error) === true,
    needsApproval: (input) => (typeof needsApproval === "boolean" ? needsApproval : needsApproval(input)),
    run: (input, context) => spec.run(input, context),
    checkResult: async (result) =>
      output === undefined ? { ok: true, value: result } : await checkValue(output, result),
  };
}

function parametersOf(name: string, schema: StandardSchema): ToolParameters {
  const loose = objectSchema(name, schema);
  const strict = toStrictSchema(loose);
  return {
    schema: strict.strict ? strict.schema : loose,
    strict: strict.strict,
    plain: (value) => withoutAddedNulls(value, loose),
    check: (value) => checkValue(schema, value),
  };
}

function objectSchema(name: string, schema: StandardSchema): JsonObject {
  let printed: JsonObject;
  try {
    printed = printJsonSchema(schema);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalid(name, `JSON cannot carry its \`input\`: ${reason}`, error);
  }
  if (printed["type"] !== "object") throw invalid(name, "its `input` is not the schema of an object");
  return printed;
}

function positive(name: string, option: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw invalid(name, `\`${option}\` is ${value} instead of a positive number`);
}

function invalid(name: string, what: string, cause?: unknown): BatonError {
  return new BatonError("tool-invalid", `Tool \`${name}\` cannot be used: ${what}.`, {
    hint: "Change its definition.",
    ...(cause === undefined ? {} : { cause }),
  });
}
