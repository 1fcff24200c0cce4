import type { RunEvent, StoredEvent } from "../core/events.ts";
import { BatonError } from "../core/errors.ts";
import type { RunId } from "../core/ids.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import type { Fence, Run, RunPins, Settlement } from "../runs/run.ts";
import type { EffectRow, EffectTable, EventTable, RunTable, Store } from "../runs/store.ts";
import type { SealedJson } from "./codec/sealed-json.ts";
import { sameRun } from "./run-refusals.ts";

/**
 * A store whose rows show what a run is, and not what it works on: inputs, results, questions, errors, events and the journal are encrypted before they are
 * stored, each bound to its run. Ids, statuses, times, pins and budgets stay readable, since statements ask for them.
 */
export function sealedStore<S extends Store>(store: S, box: SealedJson): S {
  return {
    ...store,
    runs: sealedRuns(store.runs, box),
    events: sealedEvents(store.events, box),
    effects: sealedEffects(store.effects, box),
  };
}

function sealedEffects(effects: EffectTable, box: SealedJson): EffectTable {
  const opened = (run: RunId, row: EffectRow): EffectRow => ({ ...row, value: box.open(row.value, [run, row.key]) });
  return {
    async find(run, key) {
      const row = await effects.find(run, key);
      return row === undefined ? undefined : opened(run, row);
    },
    record: async (fence, row) =>
      await effects.record(fence, { ...row, value: box.seal(row.value, [fence.run, row.key]) }),
    list: async (run) => (await effects.list(run)).map((row) => opened(run, row)),
  };
}

interface SealedEvent {
  readonly type: RunEvent["type"];
  readonly sealed: JsonValue;
}

function sealedEvents(events: EventTable, box: SealedJson): EventTable {
  function opened(run: RunId, event: StoredEvent): StoredEvent {
    // Written by `append` below, or before encryption was switched on.
    const { sealed } = event as unknown as Partial<SealedEvent>;
    // The note of a pruning is written by the store, and counts only.
    if (sealed === undefined) return event.type === "history_pruned" ? event : box.plain(event, [run, "event"]);
    const { seq, at } = event;
    // Sealed from this type by `append`.
    return { ...(box.open(sealed, [run, "event"]) as unknown as RunEvent), seq, at };
  }

  return {
    async append(fence, given) {
      const sealed = given.map((event): SealedEvent => ({
        type: event.type,
        // Events are plain JSON.
        sealed: box.seal(event as unknown as JsonValue, [fence.run, "event"]),
      }));
      // The table stores JSON, whatever an event holds.
      await events.append(fence, sealed as unknown as readonly RunEvent[]);
    },
    read: async (run, after) => (await events.read(run, after)).map((event) => opened(run, event)),
    latest: async (run, count) => (await events.latest(run, count)).map((event) => opened(run, event)),
  };
}

const MOST_SAID = 100;

function sealedRuns(runs: RunTable, box: SealedJson): RunTable {
  /** What was sealed last for an owner: a settlement that is said again has to be the same text. */
  const said = new Map<string, { readonly text: string; readonly sealed: Settlement }>();

  function sealedOnce(fence: Fence, settlement: Settlement): Settlement {
    const owner = `${fence.run} ${fence.epoch}`;
    const text = JSON.stringify(settlement);
    const known = said.get(owner);
    if (known?.text === text) return known.sealed;
    const sealed = sealSettlement(settlement, { box, run: fence.run });
    said.set(owner, { text, sealed });
    const [oldest] = said.keys();
    if (said.size > MOST_SAID && oldest !== undefined) said.delete(oldest);
    return sealed;
  }

  const opened = (run: Run): Run => openRun(run, box);
  return {
    async create(run, files) {
      const input = sealObject(run.input, { box, run: run.id });
      try {
        return opened(await runs.create({ ...run, input, pins: sealPins(run.pins, { box, run: run.id }) }, files));
      } catch (error) {
        // One input that is sealed twice is two texts: whether it is the same run shows in the open.
        const known = BatonError.is(error) && error.code === "run-id-taken" ? await runs.get(run.id) : undefined;
        if (known === undefined) throw error;
        return sameRun(opened(known), run);
      }
    },
    async get(id) {
      const run = await runs.get(id);
      return run === undefined ? undefined : opened(run);
    },
    restedAt: async (statuses, nth) => await runs.restedAt(statuses, nth),
    list: async (filter) => (await runs.list(filter)).map((run) => opened(run)),
    async claim(request) {
      const outcome = await runs.claim(request);
      return { ...outcome, run: opened(outcome.run) };
    },
    requestCancel: async (id) => opened(await runs.requestCancel(id)),
    renew: async (fence, leaseMs) => await runs.renew(fence, leaseMs),
    repin: async (fence, pins, files) =>
      opened(await runs.repin(fence, sealPins(pins, { box, run: fence.run }), files)),
    settle: async (fence, settlement) => opened(await runs.settle(fence, sealedOnce(fence, settlement))),
  };
}

interface Sealing {
  readonly box: SealedJson;
  readonly run: RunId;
}

/** The one property of an object that was sealed. */
const SEALED = "b1.aes";

function sealObject(value: JsonObject, { box, run }: Sealing): JsonObject {
  return { [SEALED]: box.seal(value, [run, "run"]) };
}

function openObject(value: JsonObject, { box, run }: Sealing): JsonObject {
  const sealed = value[SEALED];
  // Sealed from this type by `sealObject`.
  return sealed === undefined
    ? box.plain(value, [run, "run"])
    : (box.open(sealed, [run, "run"]) as unknown as JsonObject);
}

/** Of the pins, what a person set by hand in a fork is data of the run. */
function sealPins(pins: RunPins, sealing: Sealing): RunPins {
  const { fork } = pins;
  return fork === undefined ? pins : { ...pins, fork: { ...fork, set: sealObject(fork.set, sealing) } };
}

function openPins(pins: RunPins, sealing: Sealing): RunPins {
  const { fork } = pins;
  return fork === undefined ? pins : { ...pins, fork: { ...fork, set: openObject(fork.set, sealing) } };
}

/** What statements and lists need stays as it is; the whole settlement lies sealed in the place of the state. */
function sealSettlement(settlement: Settlement, sealing: Sealing): Settlement {
  if (settlement.status === "queued") return settlement;
  // Plain JSON, as it is stored otherwise.
  const state = sealObject(settlement as unknown as JsonObject, sealing);
  switch (settlement.status) {
    case "interrupted":
      return { ...settlement, interrupts: [], state };
    case "parked":
    case "cancelled":
      return { ...settlement, reason: "", state };
    case "failed":
    case "dead":
      return { ...settlement, error: NO_ERROR, state };
    case "completed":
      return { ...settlement, state };
    default:
      return settlement satisfies never;
  }
}

const NO_ERROR = { name: "Error", message: "" };

function openRun(run: Run, box: SealedJson): Run {
  const sealing = { box, run: run.id };
  const facts = { input: openObject(run.input, sealing), pins: openPins(run.pins, sealing) };
  if (run.status === "running" || run.status === "queued") return { ...run, ...facts };
  // A run that was cancelled while it waited says nothing that anyone would hide.
  if (run.status === "cancelled" && Object.keys(run.state).length === 0) return { ...run, ...facts };
  if (run.state[SEALED] === undefined) return box.plain({ ...run, ...facts }, [run.id, "run"]);
  // Sealed from this type by `sealSettlement`.
  const settlement = openObject(run.state, sealing) as unknown as Settlement;
  return { ...run, ...facts, ...settlement };
}
