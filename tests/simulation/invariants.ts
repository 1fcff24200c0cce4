import type { RunId } from "../../core/ids.ts";
import { threadKey } from "../../runs/thread-key.ts";
import { type Deeds, ONCE_STEPS } from "./fake-engine.ts";
import type { MemoryData } from "./memory-data.ts";
import { runOf } from "./memory-runs.ts";
import type { PaidCall } from "./paid-model.ts";

/** A run as it was when it was claimed. */
export interface Claim {
  readonly run: string;
  readonly epoch: number;
  /** The last committed step. */
  readonly step: number;
  readonly cancelled: boolean;
  /** True when the lease of its owner was not over. */
  readonly isTheft: boolean;
}

/** Everything that is known after a simulation. */
export interface History {
  readonly data: MemoryData;
  readonly deeds: Deeds;
  readonly claims: readonly Claim[];
  /** Runs whose start was answered. */
  readonly accepted: ReadonlySet<RunId>;
  /** Calls of the model, in the order in which they were made. */
  readonly paid: readonly PaidCall[];
  /** What a sweep changed that had been done before, each time that two were tried. */
  readonly secondSweeps: readonly string[];
  /** True when every run came to rest after the faults had stopped. */
  readonly rested: boolean;
}

/** What always holds, by the names under which the promises are listed in `docs/durability.md`. */
const INVARIANTS: Readonly<Record<string, (history: History) => readonly string[]>> = {
  "I1 single lineage": ({ data }) =>
    [...data.threads].flatMap(([thread, kept]) => {
      const parents = kept.map(({ parent }) => parent);
      return parents
        .filter((parent, index) => parents.indexOf(parent) !== index)
        .map((parent) => `${thread} at ${parent}`);
    }),
  "I2 epochs do not decrease along the chain": ({ data }) =>
    [...data.threads].flatMap(([thread, kept]) =>
      kept.flatMap(({ id, epoch = 0 }, index) => (epoch < (kept[index - 1]?.epoch ?? 0) ? [`${thread} at ${id}`] : [])),
    ),
  "I3 a step committed before a claim is not executed under it": ({ deeds, claims }) =>
    deeds.executed.flatMap(({ run, epoch, step }) => {
      const claim = claims.find((one) => one.run === run && one.epoch === epoch);
      return claim === undefined || step <= claim.step ? [`${run} step ${step} in epoch ${epoch}`] : [];
    }),
  "I4 the final state is the fold of the steps": ({ data }) =>
    [...data.runs.values()].map(runOf).flatMap((run) => {
      if (run.status !== "completed") return [];
      const wanted = [`input of "${run.tenant}"`, "call 1", "once 2", 'answered "yes"', "once 4", "call 5"];
      return JSON.stringify(run.state["log"]) === JSON.stringify(wanted)
        ? []
        : [`${run.id}: ${JSON.stringify(run.state)}`];
    }),
  "I5 every accepted run comes to rest": ({ data, accepted, rested }) => [
    ...[...accepted].filter((id) => !data.runs.has(id)),
    ...(rested ? [] : ["not all runs came to rest"]),
  ],
  "I6 an effect happens at most once, and exactly once when its step is committed": ({ data, deeds }) =>
    [...data.runs.values()].map(runOf).flatMap((run) =>
      ONCE_STEPS.flatMap((step) => {
        const times = deeds.effects.filter((one) => one.run === run.id && one.step === step).length;
        const isCommitted = (data.threads.get(threadKey(run)) ?? []).some(({ metadata }) => metadata.step === step);
        return times > 1 || (isCommitted && times === 0) ? [`${run.id} step ${step} × ${times}`] : [];
      }),
    ),
  "I7 no write by an epoch after a higher one was granted": ({ data }) =>
    data.writes.flatMap(({ run, epoch }, index) =>
      data.writes.slice(0, index).some((earlier) => earlier.run === run && earlier.epoch > epoch)
        ? [`${run} in ${epoch}`]
        : [],
    ),
  "I8 a budget is passed by one call at most": ({ paid }) =>
    paid.flatMap(({ run, allowed, isPaid }, index) => {
      const spent = paid.slice(0, index + 1).filter((one) => one.run === run && one.isPaid).length;
      return isPaid && spent > allowed + 1 ? [`${run}: ${spent} calls of ${allowed}`] : [];
    }),
  "I9 no node starts under a claim made after the wish to cancel": ({ deeds, claims }) =>
    deeds.executed.flatMap(({ run, epoch, step }) =>
      claims.some((claim) => claim.run === run && claim.epoch === epoch && claim.cancelled)
        ? [`${run} step ${step}`]
        : [],
    ),
  "C7 no run is taken while the lease of its owner lasts": ({ claims }) =>
    claims.flatMap(({ run, epoch, isTheft }) => (isTheft ? [`${run} in ${epoch}`] : [])),
  "C7 a question is answered once, however often it is asked": ({ data }) =>
    [...data.events].flatMap(([run, events]) => {
      const asked = new Set<string>();
      return events.flatMap((event) => {
        if (event.type === "run_interrupted") for (const { id } of event.interrupts) asked.add(JSON.stringify(id));
        return event.type === "run_answered" && !asked.delete(JSON.stringify(event.interrupt))
          ? [`${event.interrupt} of ${run}`]
          : [];
      });
    }),
  "C7 a question that was answered is not asked again": ({ data }) =>
    [...data.events].flatMap(([run, events]) => {
      const answered = new Set<string>();
      return events.flatMap((event) => {
        if (event.type === "run_answered") answered.add(event.interrupt);
        if (event.type !== "run_interrupted") return [];
        // Of an effect whose intent was settled and that was begun again, the question is another one.
        return event.interrupts.flatMap(({ id }) =>
          typeof id === "string" && id.startsWith("question-") && answered.has(id) ? [`${id} of ${run}`] : [],
        );
      });
    }),
  "I10 a second sweep changes nothing": ({ secondSweeps }) => secondSweeps,
  "I11 a tenant reads what is its own": ({ data }) =>
    [...data.runs.values()].map(runOf).flatMap((run) => {
      const kept = data.threads.get(threadKey(run)) ?? [];
      const foreign = run.tenant === "red" ? "blue" : "red";
      return kept
        .filter(({ checkpoint }) => JSON.stringify(checkpoint.channel_values["log"]).includes(`${foreign}\\"`))
        .map(({ id }) => id);
    }),
};

export const INVARIANT_NAMES: readonly string[] = Object.keys(INVARIANTS);

/** Each broken invariant with its name and the first place where it is broken. */
export function violations(history: History): readonly string[] {
  return Object.entries(INVARIANTS).flatMap(([name, broken]) => {
    const [first] = broken(history);
    return first === undefined ? [] : [`${name}: ${first}`];
  });
}
