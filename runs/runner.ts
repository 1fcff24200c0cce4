import type { RunServices } from "../agents/services.ts";
import type { Clock } from "../core/clock.ts";
import type { RunEvent, StoredEvent } from "../core/events.ts";
import type { JsonObject } from "../core/json.ts";
import type { LiveEvent, TextEvent } from "../core/live-events.ts";
import type { Workflow } from "../graph/workflow.ts";
import type { Answer } from "./answer.ts";
import { type BudgetWatch, watchBudget } from "./budget-watch.ts";
import { type CallsUnderWay, callsUnderWay } from "./calls-under-way.ts";
import { type Deadlines, watchDeadlines } from "./deadlines.ts";
import type { Engine, MakeEngine } from "./engine.ts";
import type { EngineEvent } from "./engine-event.ts";
import { holdClock } from "./clock-guard.ts";
import { cutOff, orGiveUp } from "./cut-off.ts";
import { createEventLog, type EventLog } from "./event-log.ts";
import { createJournal } from "./effects.ts";
import { isFenced, isStoreTrouble, troubleOf } from "./infrastructure.ts";
import { type Lease, type LeaseClock, leaseLost, type LeaseKeeper } from "./lease.ts";
import { type LiveFeed, liveFeed, type LiveOptions } from "./live.ts";
import { nextCommand } from "./next-command.ts";
import { persist } from "./persist.ts";
import { provenanceLedger, type ProvenanceLedger } from "./provenance-ledger.ts";
import { type PutsUnderWay, putsUnderWay } from "./puts-under-way.ts";
import { restAfterFailure, restAfterWork } from "./rest.ts";
import type { Fence, Run, Settlement } from "./run.ts";
import { openBudget } from "./run-budget.ts";
import type { StopSwitch } from "./stop.ts";
import type { EffectTable, Store } from "./store.ts";
import { threadKey } from "./thread-key.ts";
import { followTasks, type TaskLog } from "./task-log.ts";

/** What every run of a process is worked with. */
export interface Workshop {
  readonly store: Store;
  readonly leases: LeaseKeeper;
  readonly makeEngine: MakeEngine;
  readonly clock: Clock;
  readonly leaseClock: LeaseClock;
  /** Which implementation each seam uses. */
  readonly seams: JsonObject;
}

/** A claimed run and everything its nodes need. */
export interface ClaimedWork {
  readonly run: Run;
  /** The first id of each task that a migration gave another one: its calls were journaled under it. */
  readonly taskOrigins: ReadonlyMap<string, string>;
  readonly fence: Fence;
  readonly workflow: Workflow;
  readonly services: Omit<RunServices, "journal" | "emit" | "run">;
  /** The answer to the interrupt at which the run waits, if it waits at one. */
  readonly answer: Answer | undefined;
  readonly nodeTimeoutMs: number;
  /** Held from the claim on. */
  readonly lease: Lease;
  readonly stop: StopSwitch;
  /** When it aborts, the run is handed over after the step under way. */
  readonly drain: AbortSignal | undefined;
  /** What is shown beside the events. @default nothing */
  readonly live?: LiveOptions | undefined;
}

export interface Execution {
  /** Events of this start or resume, live. */
  events(): AsyncIterable<StoredEvent>;
  /** The same, with what is only shown. */
  live(): AsyncIterable<LiveEvent>;
  /** The run once it was let go of. Rejects only when that could not be stored. */
  readonly settled: Promise<Run>;
}

/** Works a claimed run to its next resting status. The caller owns nothing afterwards: the lease is released, the status stored. */
export async function execute(shop: Workshop, assignment: ClaimedWork): Promise<Execution> {
  const { store } = shop;
  const { fence, run } = assignment;
  const past = await store.events.read(run.id, 0);
  const last = past.at(-1)?.seq ?? 0;
  const log = createEventLog(store.events, fence, last);
  const patience = { leaseMs: shop.leases.times.leaseMs, clock: shop.leaseClock };
  const feed = liveFeed(log);
  const working = work(shop, assignment, { log, past, feed });
  const settled = orGiveUp(working, assignment.stop, patience).finally(() => log.close());
  // Whoever awaits `settled` sees the failure; without this line an execution that nobody awaits would end the process.
  settled.catch(() => undefined);
  return { settled, events: () => log.follow(last), live: () => feed.follow(last) };
}

/** Keeps the lease of a claimed run; its loss, and a wish to cancel the run, pull the switch. */
export function holdLease(leases: LeaseKeeper, fence: Fence, stop: StopSwitch): Lease {
  return leases.keep(fence, {
    lost: () => stop.pull({ kind: "lost", error: leaseLost(fence) }),
    expired: (cause) => stop.pull({ kind: "cut-off", error: cutOff(fence, cause) }),
    cancelled: () => stop.pull({ kind: "cancelled" }),
  });
}

interface Diary {
  readonly feed: LiveFeed;
  readonly log: EventLog;
  /** What had happened in the run before. */
  readonly past: readonly StoredEvent[];
}

async function work(shop: Workshop, assignment: ClaimedWork, diary: Diary): Promise<Run> {
  const { store } = shop;
  const { log, past, feed } = diary;
  const { fence, run, workflow, stop, lease, nodeTimeoutMs } = assignment;
  const { text = false, modes = [] } = assignment.live ?? {};
  const deadlines = watchDeadlines({ run, nodeTimeoutMs, lease, stop, clock: shop.leaseClock });
  const tasks = followTasks(log, deadlines);
  const ledger = provenanceLedger({ run, workflow, model: assignment.services.model });
  const calls = callsUnderWay();
  let budget: BudgetWatch | undefined;
  const settled = async (settlement: Settlement): Promise<Run> =>
    await persist({ clock: shop.clock, isOver: () => stop.pulled?.kind === "lost" }, async () => {
      await log.flush();
      return await store.runs.settle(fence, settlement);
    }).catch((error: unknown) => {
      throw isStoreTrouble(error) ? cutOff(fence, error) : error;
    });
  let engine: Engine | undefined;
  const over = new AbortController();
  try {
    const emit = (event: RunEvent): void => log.emit(event);
    budget = watchBudget({
      budget: await openBudget({ store, fence, run, past, clock: shop.clock, emit }),
      stop,
      drain: assignment.drain,
      clock: shop.leaseClock,
      emit,
    });
    const saver = await store.saver(fence, ledger);
    holdClock(saver, shop.clock);
    budget.watch(saver);
    const puts = putsUnderWay(saver);
    const made: Engine = await shop.makeEngine({
      workflow,
      saver,
      threadKey: threadKey(run),
      services: servicesOf({
        shop,
        assignment,
        log,
        tasks,
        ledger,
        calls,
        budget,
        ...(text ? { show: (event: TextEvent) => feed.show(event) } : {}),
        ask: async (...interrupts) => await made.ask(...interrupts),
      }),
      signal: stop.signal,
      drain: budget.drain,
      over: over.signal,
      watched: { modes, show: (event) => feed.show(event) },
    });
    engine = made;
    return await settled(
      await workToRest({ ...diary, shop, assignment, engine, tasks, calls, puts, deadlines, budget }),
    );
  } catch (error) {
    if (stop.pulled?.kind === "lost") throw stop.pulled.error;
    if (engine !== undefined || isFenced(error)) throw error;
    // Nothing was begun: the run rests where it stood before.
    const rest = { log, workflow, now: shop.clock.now(), engine: undefined };
    return await settled(await restAfterFailure(rest, stop.pulled, { error }));
  } finally {
    over.abort();
    budget?.close();
    deadlines.close();
    lease.release();
  }
}

interface ServiceParts {
  readonly shop: Workshop;
  readonly assignment: ClaimedWork;
  readonly log: EventLog;
  readonly tasks: TaskLog;
  readonly ledger: ProvenanceLedger;
  readonly calls: CallsUnderWay;
  readonly budget: BudgetWatch;
  readonly show?: (event: TextEvent) => void;
  readonly ask: Engine["ask"];
}

function servicesOf({ shop, assignment, log, tasks, ledger, calls, budget, show, ask }: ServiceParts): RunServices {
  const { run, fence, taskOrigins, stop } = assignment;
  const effects = withEvents(shop.store.effects, log);
  return {
    ...assignment.services,
    model: budget.guard(assignment.services.model),
    ...(show === undefined ? {} : { show }),
    run: { id: run.id, tenant: run.tenant, thread: run.thread, session: run.session, workflow: run.workflow },
    journal(task) {
      tasks.begin(task);
      ledger.begin(task);
      const taskId = taskOrigins.get(task.taskId) ?? task.taskId;
      const journal = createJournal({ effects, fence, task: { ...task, taskId }, signal: stop.signal, ask });
      return ledger.watch(task, calls.watch(journal));
    },
    emit(event) {
      ledger.see(event);
      log.emit(event);
    },
  };
}

/** Stores a result together with the events that led to it: a crash right after it loses neither the result nor what it cost. */
function withEvents(effects: EffectTable, log: EventLog): EffectTable {
  return {
    ...effects,
    async record(fence, row) {
      await Promise.all([log.flush(), effects.record(fence, row)]);
    },
  };
}

/** All that one run is worked with in this process. */
interface Workplace extends Diary {
  readonly shop: Workshop;
  readonly assignment: ClaimedWork;
  readonly engine: Engine;
  readonly tasks: TaskLog;
  readonly calls: CallsUnderWay;
  readonly puts: PutsUnderWay;
  readonly deadlines: Deadlines;
  readonly budget: BudgetWatch;
}

async function workToRest(place: Workplace): Promise<Settlement> {
  const { shop, assignment, engine, log, tasks, budget } = place;
  const resting = { engine, log, workflow: assignment.workflow, now: shop.clock.now() };
  try {
    const { command, given } = await nextCommand({
      ...place,
      ...assignment,
      effects: shop.store.effects,
      seams: shop.seams,
    });
    // An answer is taken all the same: whoever gave it is not asked again.
    if (command.kind !== "answer") budget.begin();
    for await (const event of engine.work(command)) await see(place, event);
    const drained = assignment.drain?.aborted === true ? given : undefined;
    return await restAfterWork({ ...resting, drained, parkReason: budget.parkReason });
  } catch (error) {
    const { pulled } = assignment.stop;
    if (pulled?.kind === "lost") throw pulled.error;
    // Whoever is fenced off writes nothing more, not even what went wrong.
    if (isFenced(error)) throw error;
    await place.calls.ended(shop.leaseClock, CALL_PATIENCE_MS);
    await place.puts.ended();
    const now = shop.clock.now();
    // A task that came upon trouble has not failed: it runs again when that is over.
    const failure = troubleOf(error, now) === undefined ? tasks.fail(error) : { error };
    return await restAfterFailure({ ...resting, now }, pulled, failure);
  }
}

/** How long a run that stops waits for calls that do not listen to its signal. */
const CALL_PATIENCE_MS = 5_000;

async function see({ tasks, log, deadlines }: Workplace, event: EngineEvent): Promise<void> {
  tasks.see(event);
  if (event.type !== "step_committed") return;
  deadlines.moved();
  await log.flush();
}
