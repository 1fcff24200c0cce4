import { z } from "zod";

import {
  BudgetLimits,
  BudgetPartName,
  Json,
  JsonRecord,
  OverriddenPrompt,
  Signed,
  StoredError,
  TaskRef,
  ToolCallRef,
  ToolEffect,
  Usage,
} from "./event-parts.ts";

export type { OverriddenPrompt, Signed, TaskRef, ToolCallRef, ToolEffect, Usage } from "./event-parts.ts";

const count = z.int().min(0);
const ms = z.number().min(0).describe("Milliseconds.");
const task = TaskRef.unwrap().shape;
const toolCall = ToolCallRef.unwrap().shape;
const signed = Signed.unwrap().shape;

function fact<T extends string, S extends z.ZodRawShape>(
  type: T,
  shape: S,
): z.ZodReadonly<z.ZodObject<{ type: z.ZodLiteral<T> } & S>> {
  return z.object({ type: z.literal(type), ...shape }).readonly();
}

/** What happened in a run, as past-tense facts in order. */
export const RunEvent = z.discriminatedUnion("type", [
  fact("run_started", {
    epoch: z.int(),
    resumed: z.boolean(),
    head: z.string().nullable().describe("The checkpoint at which the run began, and null on a fresh thread."),
    seams: JsonRecord.describe("Which implementation each seam uses, and the version of the prices."),
  }),
  fact("task_started", task),
  fact("memory_recalled", {
    ...task,
    route: JsonRecord.describe("Which layers were asked, which were not, and why."),
    items: count,
  }),
  fact("prompt_rendered", { ...task, prompt: z.string(), closure: z.string(), dirty: z.boolean() }),
  fact("model_called", {
    ...task,
    model: z.string(),
    usage: Usage,
    costUsd: z.exactOptional(z.number()).describe("In US dollars; absent when it is unknown."),
    ms,
    replayed: z.boolean().describe("The answer was read back from the journal, and nothing was paid."),
  }),
  fact("model_fell_back", {
    ...task,
    from: z.string(),
    to: z.string(),
    reason: z.string(),
  }).describe("A model gave no answer, and the next of the fallbacks was asked; `to` answered in the end."),
  fact("model_note", { ...task, model: z.string(), note: z.string() }),
  fact("answer_rejected", {
    ...task,
    problem: z.string(),
    repairs: count.describe("The repair calls made before."),
  }).describe("An answer did not fit its schema; it is kept in the journal."),
  fact("tool_called", {
    ...task,
    ...toolCall,
    effect: ToolEffect,
    key: z.string().describe("Key of the call in the journal, where all of its result is."),
    outcome: z.enum(["done", "failed", "timed_out"]).describe("How the model was answered."),
    result: z.string().describe("Beginning of what the model was told."),
    digest: z.string().describe("SHA-256 of all that the model was told."),
    bytes: count.describe("Size of the result before it was cut to the tool's limit."),
    ms,
    replayed: z.boolean(),
  }),
  fact("tool_refused", {
    ...task,
    ...toolCall,
    reason: z.enum(["not_granted", "arguments_invalid", "not_approved", "too_many"]),
    message: z.string(),
  }),
  fact("handed_off", { ...task, to: z.string(), reason: z.string() }).describe(
    "The agent gave the task to another node instead of answering.",
  ),
  fact("workflow_entered", { ...task, workflow: z.string() }).describe(
    "The node is a workflow of its own, which began or went on; what happens in it has the task in its namespace.",
  ),
  fact("task_completed", { ...task, ms, update: Json }),
  fact("task_failed", { ...task, ms, error: StoredError }),
  fact("step_committed", { step: z.int(), checkpoint: z.exactOptional(z.string()) }),
  fact("run_forked", {
    ...signed,
    from: z.string().describe("The run it was forked from, at its checkpoint before `step` ran."),
    step: z.int(),
    checkpoint: z.string(),
    set: JsonRecord,
  }),
  fact("prompt_overridden", OverriddenPrompt.unwrap().shape),
  fact("workflow_changed", {
    from: z.string(),
    to: z.string(),
    changes: z.array(z.string()).readonly().describe("What is different, in words."),
  }).describe("The run goes on under a changed workflow; `from` and `to` are fingerprints."),
  fact("state_migrated", {
    ...signed,
    from: z.string(),
    to: z.string(),
    direction: z.enum(["up", "down"]),
    replaced: z.string().nullable().describe("The checkpoint that was read; null when the run had none yet."),
    checkpoint: z.string().nullable().describe("The checkpoint that stands in its place."),
    fields: z.array(z.string()).readonly(),
    tasks: z
      .record(z.string(), z.string())
      .readonly()
      .describe("Tasks of the step in flight: the id each has now, and the one under which its calls were journaled."),
  }),
  fact("history_pruned", { checkpoints: count, events: count, effects: count }),
  fact("run_interrupted", { interrupts: z.array(JsonRecord).readonly() }),
  fact("run_answered", {
    ...signed,
    interrupt: z.string(),
    checkpoint: z.string().nullable().describe("The checkpoint at which the run waited."),
    answer: Json,
    taken: z.exactOptional(count).describe("How many answers the task that asked had taken before."),
  }),
  fact("budget_used_up", {
    budget: z.string().describe("The run that the budget was given to."),
    part: BudgetPartName,
    limit: z.number(),
    spent: z.number(),
  }).describe("Nothing is left of a part of the budget; the run is parked by that."),
  fact("budget_changed", { ...signed, from: BudgetLimits, to: BudgetLimits }),
  fact("run_handed_over", { reason: z.string() }),
  fact("run_failed", { error: StoredError }),
  fact("run_parked", {
    reason: z.string(),
    nextAt: z.exactOptional(z.number()).describe("When it goes on by itself, in milliseconds since the epoch."),
  }),
  fact("run_cancelled", { by: signed.by, reason: z.string() }),
  fact("run_died", { error: StoredError, epochs: z.array(z.int()).readonly() }),
  fact("run_completed", {}),
]);
export type RunEvent = z.infer<typeof RunEvent>;

/** An event as stored: `seq` counts from 1 in each run, `at` is in milliseconds since the epoch. */
export const StoredEvent = z.intersection(
  RunEvent,
  z
    .object({
      seq: z.int().min(1).describe("Counts from 1 in each run."),
      at: z.number().describe("Milliseconds since the epoch."),
    })
    .readonly(),
);
export type StoredEvent = z.infer<typeof StoredEvent>;
