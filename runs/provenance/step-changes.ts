import { BatonError } from "../../core/errors.ts";
import type { JsonValue } from "../../core/json.ts";
import { printSteps } from "../fork-range.ts";
import type { Run } from "../run.ts";
import type { Store } from "../store.ts";
import type { Writer } from "./answer-of-why.ts";
import { fieldValues } from "./field-values.ts";
import { historyOfRun } from "./history-of-run.ts";
import { writerOf } from "./used-by.ts";
import { beginningOf, type Writing } from "./writing.ts";

/** One field as a task changed it. */
export interface FieldChange {
  readonly field: string;
  /** What was written to the field last before; null when nothing was, or it is no longer stored. */
  readonly before: JsonValue;
  /** What the task wrote: several values when it wrote several times. */
  readonly written: readonly JsonValue[];
}

export interface TaskChange {
  readonly step: number;
  readonly writer: Writer;
  readonly changes: readonly FieldChange[];
}

/** What a step of a run changed in the state, and by whom. Throws `step-out-of-range` for a step that changed nothing. */
export async function changesOfStep(store: Store, run: Run, step: number): Promise<readonly TaskChange[]> {
  const changes = await changesOfRun(store, run, (writing) => writing.step === step);
  if (changes.length > 0) return changes;
  const { writings } = await historyOfRun(store, run);
  throw new BatonError("step-out-of-range", `Step ${step} of run \`${run.id}\` changed nothing.`, {
    hint: `Steps that did: ${printSteps(writings.map((writing) => writing.step))}.`,
  });
}

/** The changes of all steps of a run, in order, with those it found in the run it was forked from and in earlier turns. */
export async function changesOfRun(
  store: Store,
  run: Run,
  isWanted: (writing: Writing) => boolean = () => true,
): Promise<readonly TaskChange[]> {
  const history = await historyOfRun(store, run);
  const values = fieldValues(store);
  return await Promise.all(
    history.writings.filter(isWanted).map(async (writing): Promise<TaskChange> => {
      const earlier = history.writings.slice(0, beginningOf(history, writing));
      const changes = writing.fields.map(async (field): Promise<FieldChange> => {
        const last = earlier.findLast(({ fields }) => fields.includes(field));
        const before = last === undefined ? [] : await values.of([last], field);
        const written = await values.of([writing], field);
        return { field, before: before.at(-1)?.value ?? null, written: written.map(({ value }) => value) };
      });
      return {
        step: writing.step,
        writer: writerOf(history, writing, { isReduced: false }),
        changes: await Promise.all(changes),
      };
    }),
  );
}
