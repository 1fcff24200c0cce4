import { z } from "zod";

import type { Budget } from "./budget.ts";
import { BUDGET_PARTS } from "./budget.ts";
import type { ErrorCode } from "./error-codes.ts";
import type { SerializedError } from "./errors.ts";
import type { JsonObject, JsonValue } from "./json.ts";

export const Json: z.ZodType<JsonValue> = z.json();
export const JsonRecord: z.ZodType<JsonObject> = z.record(z.string(), Json);

const count = z.int().min(0);

/** Tokens of one or more model calls. */
export const Usage = z
  .object({
    inputTokens: count,
    outputTokens: count,
    cachedInputTokens: z
      .exactOptional(count)
      .describe("Of the input, what the provider had cached; absent where it says nothing of it."),
  })
  .readonly();
export type Usage = z.infer<typeof Usage>;

/** Where in a run something happened: LangGraph's step number, the node, its task and the attempt (from 1). */
export const TaskRef = z
  .object({
    step: z.int().describe("LangGraph's number of the step."),
    node: z.string(),
    taskId: z.string(),
    namespace: z.string().describe('"" in the workflow\'s own graph, the path of a subgraph otherwise.'),
    attempt: z.int().min(1).describe("Which execution of the task, from 1."),
  })
  .readonly();
export type TaskRef = z.infer<typeof TaskRef>;

/** What a tool does to the world: nothing, something that may be repeated under one key, or something that must not happen twice. */
export const ToolEffect = z.enum(["read", "idempotent", "once"]);
export type ToolEffect = z.infer<typeof ToolEffect>;

/** One tool call that a model asked for. */
export const ToolCallRef = z
  .object({
    tool: z.string(),
    call: z.string().describe("The model's id of the call."),
    turn: z.int().min(1).describe("The agent's turn in which it was asked for, from 1."),
    arguments: Json.describe("What the model passed; long ones are shortened to their beginning, as a text."),
  })
  .readonly();
export type ToolCallRef = z.infer<typeof ToolCallRef>;

/** Who did something by hand, and why. */
export const Signed = z.object({ by: z.exactOptional(z.string()), reason: z.exactOptional(z.string()) }).readonly();
export type Signed = z.infer<typeof Signed>;

/** A prompt of a run was replaced by another version, by hand. */
export const OverriddenPrompt = z
  .object({
    ...Signed.unwrap().shape,
    name: z.string(),
    wanted: z.string().describe("The prompt ref that was asked for."),
    /** The ref that was pinned before; null when the run began with the wanted one. */
    from: z
      .string()
      .nullable()
      .describe("The ref that was pinned before; null when the run began with the wanted one."),
    to: z.string().describe("The ref that is used from here on."),
    closure: z.string().describe("Hash of everything the prompt is made of."),
  })
  .readonly();
export type OverriddenPrompt = z.infer<typeof OverriddenPrompt>;

export const BudgetLimits: z.ZodType<Budget> = z.partialRecord(z.enum(BUDGET_PARTS), z.number());
export const BudgetPartName = z.enum(BUDGET_PARTS);

/** An error as it is stored. Codes are those of the version that wrote it. */
export const StoredError: z.ZodType<SerializedError> = z.object({
  name: z.string(),
  message: z.string(),
  code: z.exactOptional(z.string() as unknown as z.ZodType<ErrorCode>),
  hint: z.exactOptional(z.string()),
  stack: z.exactOptional(z.string()),
  raw: z
    .exactOptional(z.string())
    .describe("What a model answered that could not be used: without secrets, at most 64 KB."),
  get cause() {
    return z.exactOptional(StoredError);
  },
});
