import type { StoredEvent } from "../core/events.ts";
import type { JsonObject } from "../core/json.ts";
import { type Answer, answerCommand } from "./answer.ts";
import type { Engine, EngineCommand } from "./engine.ts";
import type { EventLog } from "./event-log.ts";
import type { Fence, Run } from "./run.ts";
import type { EffectTable } from "./store.ts";
import { storedAnswer } from "./stored-answer.ts";

/** A claimed run, and where it stands. */
export interface Standstill {
  readonly run: Run;
  readonly fence: Fence;
  readonly answer: Answer | undefined;
  readonly engine: Engine;
  readonly log: EventLog;
  /** What had happened in the run before. */
  readonly past: readonly StoredEvent[];
  readonly effects: EffectTable;
  /** Which implementation each seam uses. */
  readonly seams: JsonObject;
}

export interface Next {
  readonly command: EngineCommand;
  /** The answer that the command carries out. */
  readonly given?: Answer | undefined;
}

/** Begins with the stored input unless an earlier process already got it into the thread; then goes on from the last checkpoint. */
export async function nextCommand({ run, fence, answer, engine, log, past, ...here }: Standstill): Promise<Next> {
  const { rollback, fork } = run.pins;
  const started = past.find((event) => event.type === "run_started");
  // The turn that is taken back was the first of its thread: nothing of it stays.
  if (started === undefined && rollback?.checkpoint === null) await engine.clear();
  const standing = await engine.standing();
  const { checkpoint } = standing;
  // What a fork's thread holds before its start is where it goes on from; any other run's is the end of an earlier turn.
  const before = fork === undefined ? (checkpoint ?? null) : null;
  const head = started === undefined ? before : started.head;
  // The model is the one the run was started on, whatever new runs get.
  const seams = { ...here.seams, model: run.pins.model.ref };
  log.emit({ type: "run_started", epoch: fence.epoch, resumed: started !== undefined, head, seams });
  if (answer !== undefined) {
    const { interrupt, checkpoint: seenAt, ...rest } = answer;
    const taken = standing.taken.get(interrupt.id) ?? 0;
    log.emit({ type: "run_answered", interrupt: interrupt.id, checkpoint: seenAt ?? null, taken, ...rest });
  }
  // The head must be known before the thread moves: a crash between the two would otherwise give the input twice.
  await log.flush();
  if ((checkpoint ?? null) === head) {
    const from = rollback?.checkpoint ?? undefined;
    return { command: { kind: "begin", input: run.input, ...(from === undefined ? {} : { checkpoint: from }) } };
  }
  const given = answer ?? storedAnswer(past, standing);
  if (given === undefined) return { command: { kind: "continue" } };
  return { command: await answerCommand(here.effects, fence, given), given };
}
