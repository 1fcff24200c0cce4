import { BatonError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import type { EngineCommand } from "./engine.ts";
import type { PendingInterrupt, Run } from "./run.ts";

type Answer = Extract<EngineCommand, { kind: "answer" }>;

/**
 * Matches a given answer with the interrupt at which the run waits. Throws `answer-missing` when the run waits and none was given,
 * `answer-unexpected` when it waits for nothing, `interrupt-unknown` when the named one is not pending or several are.
 */
export function answerTo(
  run: Run,
  given: { readonly answer?: JsonValue; readonly interrupt?: string },
): Answer | undefined {
  if (run.status !== "interrupted") {
    if (given.answer === undefined) return undefined;
    throw new BatonError("answer-unexpected", `Run \`${run.id}\` is \`${run.status}\` and waits for no answer.`, {
      hint: `Resume it without an answer: baton resume ${run.id}`,
    });
  }
  if (given.answer === undefined) {
    const [first] = run.interrupts;
    throw new BatonError(
      "answer-missing",
      `Run \`${run.id}\` waits for an answer to: ${JSON.stringify(first?.value ?? null)}`,
      {
        hint: `Answer it with: baton resume ${run.id} --answer '<json>'${run.interrupts.length > 1 ? " --interrupt <id>" : ""}`,
      },
    );
  }
  return { kind: "answer", interrupt: pendingOf(run.id, run.interrupts, given.interrupt).id, answer: given.answer };
}

/** The question is asked again at the checkpoint that a migration puts in the place of this one. Throws `answer-unexpected`. */
export function noAnswer(run: Run, given: { readonly answer?: JsonValue }): undefined {
  if (given.answer === undefined) return undefined;
  throw new BatonError("answer-unexpected", `Run \`${run.id}\` is migrated first, and then asks its question again.`, {
    hint: `Resume it without an answer, then answer what it asks: baton resume ${run.id} --migrate`,
  });
}

function pendingOf(run: string, pending: readonly PendingInterrupt[], named: string | undefined): PendingInterrupt {
  const candidates = named === undefined ? pending : pending.filter(({ id }) => id === named);
  const [only, second] = candidates;
  if (only !== undefined && second === undefined) return only;
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
