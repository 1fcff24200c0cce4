import type { Baton, JsonObject, Why } from "batonjs";
import fc from "fast-check";
import { expect } from "vitest";

import { FIELDS, type Program, program, workflowOf } from "./random-program.ts";
import { type By, edited, given, simulate, type TaggedState } from "./simulation.ts";

export interface OracleOptions {
  readonly programs: number;
  readonly seed: number;
  readonly open: (workflow: ReturnType<typeof workflowOf>) => Promise<Baton>;
}

const edits = fc.dictionary(
  fc.constantFrom("log", "unique", "sorted", "list"),
  fc.uniqueArray(fc.constantFrom("a", "b", "x", "y"), { minLength: 1, maxLength: 3 }),
  { maxKeys: 2 },
);

/** Runs random programs, with failures, questions and forks, and asks of every value who wrote it: the simulation knows. */
export async function checkAgainstOracle({ programs, seed, open }: OracleOptions): Promise<number> {
  let asked = 0;
  const given_ = fc.record({ program, at: fc.nat(), set: edits, input: edits });
  await fc.assert(
    fc.asyncProperty(given_, async ({ program: made, at, set, input }) => {
      const baton = await open(workflowOf(made, new Set()));
      try {
        asked += await checkProgram(baton, made, { at, set, input: input as JsonObject });
      } finally {
        await baton.close();
      }
    }),
    { numRuns: programs, seed, endOnFailure: true },
  );
  return asked;
}

interface Plan {
  readonly at: number;
  readonly set: JsonObject;
  readonly input: JsonObject;
}

async function checkProgram(baton: Baton, made: Program, { at, set, input }: Plan): Promise<number> {
  const id = `r${Math.random().toString(36).slice(2)}`;
  const handle = await baton.start("random", input, { runId: id });
  await toEnd(baton, handle.id, await handle.result());
  const own = simulate(made, { run: id, step: 1, state: given(input, id) });
  let asked = await checkRun(baton, id, own.end);
  const step = 1 + (at % own.steps);
  const fork = `${id}f`;
  const forked = await baton.fork(id, { step, set, runId: fork, by: "Ada", reason: "a test" });
  await toEnd(baton, fork, await forked.result());
  const before = own.states.get(step);
  if (before === undefined) throw new Error("The simulation did not reach the step.");
  const by: By = { kind: "human", step: step - 1, run: fork };
  const start = Object.keys(set).length === 0 ? before : edited(before, set, by);
  asked += await checkRun(baton, fork, simulate(made, { run: fork, step, state: start }).end);
  return asked;
}

/** Resumes what failed, and answers what is asked. */
async function toEnd(baton: Baton, id: string, first: { readonly status: string }): Promise<void> {
  let { status } = first;
  for (let turn = 0; status !== "completed"; turn += 1) {
    if (turn > 50) throw new Error(`The run does not end: it is ${status}.`);
    const options = status === "interrupted" ? { answer: "yes", by: "Ada" } : {};
    ({ status } = await (await baton.resume(id, options)).result());
  }
}

async function checkRun(baton: Baton, id: string, end: TaggedState): Promise<number> {
  let asked = 0;
  for (const field of FIELDS) {
    const items = end.values[field];
    const last = end.last[field];
    if (last === undefined) continue;
    const whole = await baton.why(id, field, { depth: 1 });
    expect({ field, ...writerIn(whole) }).toEqual({ field, ...last });
    asked += 1;
    if (field === "text") {
      expect(whole.value).toBe(items[0]?.value);
      continue;
    }
    expect(whole.value).toEqual(items.map(({ value }) => value));
    for (const [index, { by, value }] of items.entries()) {
      const why = await baton.why(id, `${field}[${index}]`, { depth: 1 });
      expect({ path: why.path, value: why.value, exactness: why.exactness, ...writerIn(why) }).toEqual({
        path: `${field}[${index}]`,
        value,
        exactness: "exact",
        ...by,
      });
      asked += 1;
    }
  }
  return asked;
}

/** A whole list may be made by a reducer: then the last who wrote to it is named, and its kind does not matter here. */
function writerIn({ writtenBy, exactness }: Why): By {
  if (writtenBy === null) throw new Error("Nobody is named.");
  const { node, step, run, kind } = writtenBy;
  const isReduced = kind === "reducer" && exactness === "derived";
  const isByNode = node !== undefined;
  return {
    kind: isReduced ? (isByNode ? "step" : "input") : (kind as By["kind"]),
    ...(isByNode ? { node } : {}),
    step,
    run,
  };
}
