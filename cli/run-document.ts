import type { StoredEvent } from "../core/events.ts";
import type { JsonObject } from "../core/json.ts";
import { costOfRun, outcomeOf, type RunOutcome } from "../runs/history.ts";
import type { Run, RunPromptPin } from "../runs/run.ts";

/** Model calls and tokens of a run; a call read back from the journal costs nothing and is counted apart. */
export interface RunUsage {
  readonly modelCalls: number;
  readonly replayedCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** In US dollars, for the calls that were paid; null when the price of one is unknown. */
  readonly costUsd: number | null;
}

/** One ownership of a run: a start or a resume. */
export interface RunEpoch {
  readonly epoch: number;
  readonly startedAt: string;
  readonly resumed: boolean;
}

/** What `show --json` prints: the outcome, and everything it came from. */
export interface RunDocument extends RunOutcome {
  readonly thread: string;
  readonly session: string;
  readonly tenant: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly input: JsonObject;
  readonly model: { readonly ref: string; readonly settings: JsonObject };
  readonly prompts: readonly (RunPromptPin & {
    /** Whether a file of it, on disk or in the bundle, is another one now; the run keeps what it has pinned. */
    readonly changedSince: boolean;
  })[];
  readonly fingerprint: string;
  readonly usage: RunUsage;
  readonly epochs: readonly RunEpoch[];
  readonly events: readonly StoredEvent[];
}

/** What is known of a run beside its row. */
export interface RunRecord {
  readonly events: readonly StoredEvent[];
  /** Refs of pinned prompts whose files are other ones now. */
  readonly changed: ReadonlySet<string>;
}

/** Puts a run into the shape of `show --json`. */
export function runDocument(run: Run, { events, changed }: RunRecord): RunDocument {
  return {
    ...outcomeOf(run, events),
    thread: run.thread,
    session: run.session,
    tenant: run.tenant,
    createdAt: new Date(run.createdAt).toISOString(),
    updatedAt: new Date(run.updatedAt).toISOString(),
    input: run.input,
    model: run.pins.model,
    prompts: run.pins.prompts.map((pin) => ({ ...pin, changedSince: changed.has(pin.ref) })),
    fingerprint: run.pins.fingerprint,
    usage: usageOf(events),
    epochs: events.flatMap((event) =>
      event.type === "run_started"
        ? [{ epoch: event.epoch, startedAt: new Date(event.at).toISOString(), resumed: event.resumed }]
        : [],
    ),
    events,
  };
}

/** Adds up a run's model calls. */
export function usageOf(events: readonly StoredEvent[]): RunUsage {
  const calls = events.flatMap((event) => (event.type === "model_called" ? [event] : []));
  const paid = calls.filter((call) => !call.replayed);
  return {
    modelCalls: calls.length,
    replayedCalls: calls.length - paid.length,
    inputTokens: paid.reduce((sum, { usage }) => sum + usage.inputTokens, 0),
    outputTokens: paid.reduce((sum, { usage }) => sum + usage.outputTokens, 0),
    costUsd: costOfRun(events),
  };
}
