import type { Budget, BudgetPart } from "./budget.ts";
import type { SerializedError } from "./errors.ts";
import type { JsonObject, JsonValue } from "./json.ts";

/** Tokens of one or more model calls. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the input, what the provider had cached; absent where it says nothing of it. */
  readonly cachedInputTokens?: number;
}

/** Where in a run something happened: LangGraph's step number, the node, its task and the attempt (from 1). */
export interface TaskRef {
  readonly step: number;
  readonly node: string;
  readonly taskId: string;
  /** Checkpoint namespace: "" in the workflow's own graph, the path of a subgraph otherwise. */
  readonly namespace: string;
  readonly attempt: number;
}

/** What a tool does to the world: nothing, something that may be repeated under one key, or something that must not happen twice. */
export type ToolEffect = "read" | "idempotent" | "once";

/** One tool call that a model asked for. */
export interface ToolCallRef {
  readonly tool: string;
  /** The model's id of the call. */
  readonly call: string;
  /** The agent's turn in which it was asked for, from 1. */
  readonly turn: number;
  /** What the model passed; long ones are shortened to their beginning, as a text. */
  readonly arguments: JsonValue;
}

/** Who did something by hand, and why. */
export interface Signed {
  readonly by?: string;
  readonly reason?: string;
}

/** A prompt of a run was replaced by another version, by hand. */
export interface OverriddenPrompt extends Signed {
  readonly name: string;
  /** The prompt ref that was asked for: `brief/write@fix`. */
  readonly wanted: string;
  /** The ref that was pinned before; null when the run began with the wanted one. */
  readonly from: string | null;
  /** The ref that is used from here on: `brief/write@<blob id>`. */
  readonly to: string;
  readonly closure: string;
}

/** What happened in a run, as past-tense facts in order. */
export type RunEvent =
  | {
      readonly type: "run_started";
      readonly epoch: number;
      readonly resumed: boolean;
      readonly head: string | null;
      readonly seams: JsonObject;
    }
  | ({ readonly type: "task_started" } & TaskRef)
  | ({ readonly type: "memory_recalled"; readonly route: JsonObject; readonly items: number } & TaskRef)
  | ({
      readonly type: "prompt_rendered";
      readonly prompt: string;
      readonly closure: string;
      readonly dirty: boolean;
    } & TaskRef)
  | ({
      readonly type: "model_called";
      readonly model: string;
      readonly usage: Usage;
      /** In US dollars; absent when it is unknown. */
      readonly costUsd?: number;
      readonly ms: number;
      readonly replayed: boolean;
    } & TaskRef)
  | ({
      /** A model gave no answer, and the next of `fallbacks()` was asked. `to` is the one that answered in the end. */
      readonly type: "model_fell_back";
      readonly from: string;
      readonly to: string;
      readonly reason: string;
    } & TaskRef)
  | ({ readonly type: "model_note"; readonly model: string; readonly note: string } & TaskRef)
  | ({
      /** An answer did not fit its schema. `repairs` counts the repair calls made before; the answer is kept in the journal. */
      readonly type: "answer_rejected";
      readonly problem: string;
      readonly repairs: number;
    } & TaskRef)
  | ({
      readonly type: "tool_called";
      readonly effect: ToolEffect;
      /** Key of the call in the journal, where all of its result is. */
      readonly key: string;
      /** How the model was answered: by the result, or by what went wrong. */
      readonly outcome: "done" | "failed" | "timed_out";
      /** Beginning of what the model was told, and the SHA-256 of all of it. */
      readonly result: string;
      readonly digest: string;
      /** Size of the result before it was cut to the tool's limit. */
      readonly bytes: number;
      readonly ms: number;
      readonly replayed: boolean;
    } & ToolCallRef &
      TaskRef)
  | ({
      readonly type: "tool_refused";
      readonly reason: "not_granted" | "arguments_invalid" | "not_approved" | "too_many";
      readonly message: string;
    } & ToolCallRef &
      TaskRef)
  | ({
      /** The agent gave the task to another node instead of answering. */
      readonly type: "handed_off";
      readonly to: string;
      readonly reason: string;
    } & TaskRef)
  | ({
      /** The node is a workflow of its own, which began or went on; what happens in it has the task in its namespace. */
      readonly type: "workflow_entered";
      readonly workflow: string;
    } & TaskRef)
  | ({ readonly type: "task_completed"; readonly ms: number; readonly update: JsonValue } & TaskRef)
  | ({ readonly type: "task_failed"; readonly ms: number; readonly error: SerializedError } & TaskRef)
  | { readonly type: "step_committed"; readonly step: number; readonly checkpoint?: string }
  | ({
      readonly type: "run_forked";
      /** The run it was forked from, at its checkpoint before `step` ran. */
      readonly from: string;
      readonly step: number;
      readonly checkpoint: string;
      readonly set: JsonObject;
    } & Signed)
  | ({ readonly type: "prompt_overridden" } & OverriddenPrompt)
  | {
      /** The run goes on under a changed workflow: fingerprints, and what is different in words. */
      readonly type: "workflow_changed";
      readonly from: string;
      readonly to: string;
      readonly changes: readonly string[];
    }
  | ({
      readonly type: "state_migrated";
      readonly from: string;
      readonly to: string;
      readonly direction: "up" | "down";
      /** The checkpoint that was read and the one that stands in its place; null when the run had none yet. */
      readonly replaced: string | null;
      readonly checkpoint: string | null;
      readonly fields: readonly string[];
      /** Tasks of the step in flight: the id each has now, and the one under which its calls were journaled. */
      readonly tasks: Readonly<Record<string, string>>;
    } & Signed)
  | {
      readonly type: "history_pruned";
      readonly checkpoints: number;
      readonly events: number;
      readonly effects: number;
    }
  | { readonly type: "run_interrupted"; readonly interrupts: readonly JsonObject[] }
  | ({
      readonly type: "run_answered";
      readonly interrupt: string;
      /** The checkpoint at which the run waited. */
      readonly checkpoint: string | null;
      readonly answer: JsonValue;
      /** How many answers the task that asked had taken before. */
      readonly taken?: number;
    } & Signed)
  | {
      /** Nothing is left of a part of the budget; the run is parked by that. `budget` is the run that the budget was given to. */
      readonly type: "budget_used_up";
      readonly budget: string;
      readonly part: BudgetPart;
      readonly limit: number;
      readonly spent: number;
    }
  | ({ readonly type: "budget_changed"; readonly from: Budget; readonly to: Budget } & Signed)
  | { readonly type: "run_handed_over"; readonly reason: string }
  | { readonly type: "run_failed"; readonly error: SerializedError }
  | { readonly type: "run_parked"; readonly reason: string; readonly nextAt?: number }
  | ({ readonly type: "run_cancelled"; readonly reason: string } & Omit<Signed, "reason">)
  | { readonly type: "run_died"; readonly error: SerializedError; readonly epochs: readonly number[] }
  | { readonly type: "run_completed" };

/** An event as stored: `seq` counts from 1 in each run, `at` is in milliseconds since the epoch. */
export type StoredEvent = RunEvent & { readonly seq: number; readonly at: number };
