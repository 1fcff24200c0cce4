import type { Signed, StoredEvent } from "../core/events.ts";
import { BatonError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import { signatureOf } from "../core/signature.ts";
import { misfit } from "./answer-shape.ts";
import { approvalKeyOf, readApproval } from "./approval.ts";
import type { EngineCommand } from "./engine.ts";
import type { Fence, PendingInterrupt, Run } from "./run.ts";
import type { EffectTable } from "./store.ts";
import { asksAbout, effectKeyOf, readEffectAnswer } from "./unknown-effect.ts";

/** What somebody answered. */
export interface GivenAnswer extends Signed {
  readonly answer?: JsonValue;
  readonly interrupt?: string;
  /** The checkpoint at which the question was seen. */
  readonly checkpoint?: string;
}

/** An answer that fits a question at which the run waits. */
export interface Answer extends Signed {
  readonly interrupt: PendingInterrupt;
  readonly answer: JsonValue;
  readonly checkpoint: string | undefined;
}

/**
 * Matches a given answer with the interrupt at which the run waits. Throws `answer-missing` when the run waits and none was given,
 * `answer-unexpected` when it waits for nothing, `interrupt-unknown` when the named one is not pending or several are,
 * `interrupt-already-answered` when the question was answered before, and `answer-invalid` when it is no answer to it.
 */
export function answerTo(run: Run, given: GivenAnswer, events: readonly StoredEvent[]): Answer | undefined {
  const { answer } = given;
  if (answer === undefined) {
    if (run.status === "interrupted") throw missing(run.id, run.interrupts);
    return undefined;
  }
  if (run.status !== "interrupted") {
    refuseRepeated(run.id, given.interrupt, events);
    const question = given.interrupt ?? lastQuestion(events);
    // Whoever was faster holds the run already and has not noted the answer yet.
    if (run.status === "running" && question !== undefined) throw alreadyAnswered(run.id, question);
    throw new BatonError("answer-unexpected", `Run \`${run.id}\` is \`${run.status}\` and waits for no answer.`, {
      hint: `Resume it without an answer: baton resume ${run.id}`,
    });
  }
  const interrupt = pendingOf(run.id, { pending: run.interrupts, named: given.interrupt, events });
  if (given.checkpoint !== undefined && given.checkpoint !== run.checkpoint)
    throw alreadyAnswered(run.id, interrupt.id);
  if (effectKeyOf(interrupt) !== undefined) readEffectAnswer(answer, run.id);
  if (approvalKeyOf(interrupt) !== undefined) {
    readApproval({ interrupt, isNamed: given.interrupt !== undefined, answer, run: run.id });
  }
  refuseMisshapen(run.id, interrupt, answer);
  return { interrupt, answer, checkpoint: run.checkpoint, ...signatureOf(given) };
}

/** LangGraph would throw in the node, and the question would have to be asked again. */
function refuseMisshapen(run: string, { id, answerSchema }: PendingInterrupt, answer: JsonValue): void {
  const problem = answerSchema === undefined ? undefined : misfit(answerSchema, answer);
  if (problem === undefined) return;
  throw new BatonError(
    "answer-invalid",
    `The answer does not fit the question \`${id}\` of run \`${run}\`: ${problem}`,
    {
      hint: `The run still waits. What it asks for: ${JSON.stringify(answerSchema)}`,
    },
  );
}

/**
 * Carries an answer out: what became of a call, and whether one may be made, goes into the journal, and the node finds it there; every other
 * answer goes to LangGraph.
 */
export async function answerCommand(
  effects: EffectTable,
  fence: Fence,
  { interrupt, answer, by }: Answer,
): Promise<EngineCommand> {
  const approvalKey = approvalKeyOf(interrupt);
  if (approvalKey !== undefined) {
    const intent = await effects.find(fence.run, approvalKey);
    // Checked by `answerTo` before the run was claimed.
    const said = readApproval({ interrupt, isNamed: true, answer, run: fence.run });
    if (intent?.status === "intent")
      await effects.record(fence, {
        ...intent,
        status: "done",
        value: { ...said, ...(by === undefined ? {} : { by }) },
      });
    return { kind: "continue" };
  }
  const key = effectKeyOf(interrupt);
  if (key === undefined) return { kind: "answer", interrupt: interrupt.id, answer };
  const intent = await effects.find(fence.run, key);
  // A call that was begun anew since is another question: an answer that is carried out twice must not say that it had no effect.
  if (intent?.status === "intent" && asksAbout(interrupt, intent)) {
    const said = readEffectAnswer(answer, fence.run);
    const { outcome } = said;
    await effects.record(
      fence,
      outcome === "done" ? { ...intent, status: "done", value: said.result } : { ...intent, status: "undone" },
    );
  }
  return { kind: "continue" };
}

/** The question is asked again at the checkpoint that a migration puts in the place of this one. Throws `answer-unexpected`. */
export function noAnswer(run: Run, given: GivenAnswer): undefined {
  if (given.answer === undefined) return undefined;
  throw new BatonError("answer-unexpected", `Run \`${run.id}\` is migrated first, and then asks its question again.`, {
    hint: `Resume it without an answer, then answer what it asks: baton resume ${run.id} --migrate`,
  });
}

interface Pending {
  readonly pending: readonly PendingInterrupt[];
  readonly named: string | undefined;
  readonly events: readonly StoredEvent[];
}

function pendingOf(run: string, { pending, named, events }: Pending): PendingInterrupt {
  const candidates = named === undefined ? pending : pending.filter(({ id }) => id === named);
  const [only, second] = candidates;
  if (only !== undefined && second === undefined) return only;
  if (named !== undefined) refuseRepeated(run, named, events);
  const known = pending.map(({ id }) => id).join(", ");
  throw new BatonError(
    "interrupt-unknown",
    named === undefined
      ? `Run \`${run}\` waits at several interrupts.`
      : `Run \`${run}\` does not wait at the interrupt \`${named}\`.`,
    {
      hint: `Name one with --interrupt: ${known}`,
    },
  );
}

function refuseRepeated(run: string, named: string | undefined, events: readonly StoredEvent[]): void {
  const answered = events.findLast(
    (event) => event.type === "run_answered" && (named === undefined || event.interrupt === named),
  );
  if (answered?.type === "run_answered") throw alreadyAnswered(run, answered.interrupt);
}

function lastQuestion(events: readonly StoredEvent[]): string | undefined {
  const asked = events.findLast(({ type }) => type === "run_interrupted");
  const id = asked?.type === "run_interrupted" ? asked.interrupts[0]?.["id"] : undefined;
  return typeof id === "string" ? id : undefined;
}

/** Of several answers to one question the first counts; the others change nothing, and are told so. */
export function alreadyAnswered(run: string, interrupt: string): BatonError {
  return new BatonError(
    "interrupt-already-answered",
    `The question \`${interrupt}\` of run \`${run}\` was answered before; this answer was not used.`,
    {
      hint: `See what became of it: baton show ${run}`,
    },
  );
}

function missing(run: string, [first, ...others]: readonly PendingInterrupt[]): BatonError {
  return new BatonError(
    "answer-missing",
    `Run \`${run}\` waits for an answer to: ${JSON.stringify(first?.value ?? null)}`,
    {
      hint: `Answer it with: baton resume ${run} --answer '<json>'${others.length > 0 ? " --interrupt <id>" : ""}`,
    },
  );
}
