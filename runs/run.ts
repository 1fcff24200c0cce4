import type { Budget } from "../core/budget.ts";
import type { OverriddenPrompt } from "../core/events.ts";
import type { SerializedError } from "../core/errors.ts";
import type { RunId, SessionId, TenantId, ThreadId } from "../core/ids.ts";
import type { JsonObject } from "../core/json.ts";
import type { PromptOrigin } from "../prompts/project.ts";

export const RUN_STATUSES = [
  "queued",
  "running",
  "interrupted",
  "parked",
  "failed",
  "completed",
  "cancelled",
  "dead",
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Statuses in which a run holds its thread: no other run may continue that thread. */
export const HOLDING_STATUSES = [
  "queued",
  "running",
  "interrupted",
  "parked",
  "failed",
] as const satisfies readonly RunStatus[];

/** A prompt as a run pinned it; the files' texts lie in the store's blobs under their blob ids. */
export interface RunPromptPin {
  readonly name: string;
  readonly ref: string;
  readonly closure: string;
  readonly dirty: boolean;
  readonly files: readonly { readonly path: string; readonly blob: string }[];
  /** Another version stands in its place now; kept, since steps have used it. */
  readonly replaced?: true;
}

/** Where a forked run began: at a checkpoint of another run, with some fields set by hand. */
export interface RunFork {
  readonly run: RunId;
  /** The thread of that run, as the saver stores it, and the checkpoint in it. */
  readonly threadKey: string;
  readonly checkpoint: string;
  /** The step that runs first in the fork. */
  readonly step: number;
  readonly set: JsonObject;
  /** The versions of prompts that were asked for, as they were named. */
  readonly prompts?: readonly string[];
  readonly by?: string;
  readonly reason?: string;
}

/** What was decided when the run started and holds for every resume. */
export interface RunPins {
  readonly prompts: readonly RunPromptPin[];
  /** Where the prompts came from when the run started. */
  readonly promptOrigin?: PromptOrigin;
  /** Only on a run some of whose prompts were chosen by hand, in the order in which that happened. */
  readonly overrides?: readonly OverriddenPrompt[];
  readonly model: { readonly ref: string; readonly settings: JsonObject };
  /** Only on a run with a budget: its limits, or the run whose budget it shares. */
  readonly budget?: { readonly limits?: Budget; readonly of?: RunId };
  /** Hash of the workflow's nodes, edges and state fields; the shape itself lies in the store's blobs under it. */
  readonly fingerprint: string;
  /** Only on a run that was forked. */
  readonly fork?: RunFork;
  /** Only on a run that took a turn back: the cancelled run, and the checkpoint at which the thread stood before that; null when it was empty. */
  readonly rollback?: { readonly run: RunId; readonly checkpoint: string | null };
}

/** What a run is, whatever its status. Times are in milliseconds since the epoch. */
export interface RunFacts {
  readonly id: RunId;
  readonly tenant: TenantId;
  readonly workflow: string;
  readonly thread: ThreadId;
  readonly session: SessionId;
  readonly input: JsonObject;
  readonly pins: RunPins;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Raised at each claim; every write carries it, so that an old owner can write nothing. */
  readonly epoch: number;
  /** How many owners vanished, one after the other, in the same step. A committed step starts the count anew. */
  readonly crashes: number;
  /** True once somebody asked for the run to be cancelled: whoever holds it next cancels it and starts no node. */
  readonly cancelRequested: boolean;
  /** True while the run is queued behind another run of its thread. */
  readonly waits: boolean;
  /** When the run has to be finished; undefined when it may take as long as it likes. */
  readonly deadlineAt?: number;
}

export interface PendingInterrupt {
  readonly id: string;
  readonly value: JsonObject[string];
  /** The JSON schema that an answer has to fit; only where the node gave one. */
  readonly answerSchema?: JsonObject;
}

/** What a run left behind when its owner let go of it. */
export interface Rest {
  /** The state at that moment, readable without LangGraph. */
  readonly state: JsonObject;
  /** The head of the thread at that moment; undefined when the thread had no checkpoint yet. */
  readonly checkpoint?: string;
}

/** Where in the workflow something went wrong, as far as it is known. */
export interface FailedAt {
  readonly step?: number;
  readonly node?: string;
}

/** What a run became when its owner let go of it. */
export type Settlement =
  /** Handed over: the next owner goes on at once. */
  | { readonly status: "queued"; readonly checkpoint?: string }
  | ({
      readonly status: "interrupted";
      readonly interrupts: readonly PendingInterrupt[];
      /** How long after this moment an answer is still accepted. */
      readonly answerWithinMs?: number;
    } & Rest)
  | ({ readonly status: "parked"; readonly reason: string; readonly nextAt?: number } & Rest)
  | ({ readonly status: "failed"; readonly error: SerializedError } & FailedAt & Rest)
  | ({ readonly status: "completed" } & Rest)
  | ({ readonly status: "cancelled"; readonly reason: string } & Rest)
  | ({
      readonly status: "dead";
      readonly error: SerializedError;
      /** The ownerships that ended without a word. */
      readonly epochs: readonly number[];
    } & FailedAt &
      Rest);

/** One execution from input to terminal status, over any number of resumes. */
export type Run = RunFacts &
  (Settlement | { readonly status: "running"; readonly owner: string; readonly leaseUntil: number });

/** Proof of ownership: a write that carries a fence of an older epoch is refused. */
export interface Fence {
  readonly run: RunId;
  readonly epoch: number;
  readonly owner: string;
}
