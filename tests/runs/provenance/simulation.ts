import type { JsonObject } from "batonjs";

import { type Field, FIELDS, type Program, valueOf } from "./random-program.ts";

/** Who wrote something, as the test knows it. */
export interface By {
  readonly kind: "input" | "step" | "human";
  readonly node?: string;
  readonly step: number;
  readonly run: string;
}

export interface Tagged {
  readonly value: string;
  readonly by: By;
}

/** The state with the writer of each item; `text` is a list of one. `last` is who wrote to a field at all, last. */
export interface TaggedState {
  readonly values: Readonly<Record<Field, readonly Tagged[]>>;
  readonly last: Readonly<Partial<Record<Field, By>>>;
}

const EMPTY: TaggedState = { values: { text: [], list: [], log: [], unique: [], sorted: [] }, last: {} };

const REDUCERS: Readonly<Record<Field, (known: readonly Tagged[], added: readonly Tagged[]) => readonly Tagged[]>> = {
  text: (_, added) => added,
  list: (_, added) => added,
  log: (known, added) => [...known, ...added],
  unique: (known, added) => {
    const first = new Map<string, Tagged>();
    for (const item of [...known, ...added]) if (!first.has(item.value)) first.set(item.value, item);
    return [...first.values()];
  },
  sorted: (known, added) =>
    [...known, ...added].toSorted((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0)),
};

function write(
  state: TaggedState,
  field: Field,
  { values, by }: { readonly values: readonly string[]; readonly by: By },
): TaggedState {
  const added = values.map((value) => ({ value, by }));
  const items = REDUCERS[field](state.values[field], added);
  return { values: { ...state.values, [field]: items }, last: { ...state.last, [field]: by } };
}

/** Plays the program by hand, from a step on; `states[n]` is the state before step n. */
export function simulate(
  { stages, rounds }: Program,
  start: { readonly run: string; readonly step: number; readonly state: TaggedState },
): { readonly states: ReadonlyMap<number, TaggedState>; readonly end: TaggedState; readonly steps: number } {
  const states = new Map<number, TaggedState>();
  let { state } = start;
  const steps = stages.length * rounds;
  for (let step = start.step; step <= steps; step += 1) {
    states.set(step, state);
    const round = Math.floor((step - 1) / stages.length);
    for (const { name, writes, trouble } of stages[(step - 1) % stages.length] ?? []) {
      const by: By = { kind: "step", node: name, step, run: start.run };
      for (const field of FIELDS) {
        const words = writes[field];
        if (words === undefined) continue;
        const values = valueOf(words, round);
        state = write(state, field, {
          values: field === "text" ? [values.join("") + (trouble === "ask" ? "yes" : "")] : values,
          by,
        });
      }
    }
  }
  return { states, end: state, steps };
}

/** The state that an input gives. */
export function given(input: JsonObject, run: string): TaggedState {
  return put(EMPTY, input, { kind: "input", step: 0, run });
}

/** The state after a person set some fields: what they were made from before does not count any more. */
export function edited(state: TaggedState, set: JsonObject, by: By): TaggedState {
  const cleared = Object.fromEntries(Object.keys(set).map((field) => [field, []]));
  return put({ ...state, values: { ...state.values, ...cleared } }, set, by, { asIs: true });
}

function put(state: TaggedState, fields: JsonObject, by: By, { asIs = false } = {}): TaggedState {
  return Object.entries(fields).reduce((current, [name, value]) => {
    const field = name as Field;
    const values = Array.isArray(value) ? value.map(String) : [typeof value === "string" ? value : ""];
    const next = write(current, field, { values, by });
    return asIs ? { ...next, values: { ...next.values, [field]: values.map((one) => ({ value: one, by })) } } : next;
  }, state);
}
