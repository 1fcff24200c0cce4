import { resolve } from "node:path";

import { toolConnections } from "./agents/tool-source.ts";
import { systemClock } from "./core/clock.ts";
import { closeAll } from "./core/close-all.ts";
import type { StoredEvent } from "./core/events.ts";
import { parseRunId } from "./core/ids.ts";
import { checkConfig } from "./config-check.ts";
import { type BatonConfig, batonFolder, DEFAULT_OPENAI_MODEL, promptPlaces } from "./config.ts";
import { createRegistry } from "./graph/registry.ts";
import type { Workflow } from "./graph/workflow.ts";
import type { Model } from "./models/model.ts";
import { type LastingLayers, runMemory } from "./memory/run-memory.ts";
import { priced } from "./models/priced.ts";
import { priceList } from "./models/price-list.ts";
import { chooseModel } from "./models/resolve.ts";
import type { PromptLibrary } from "./prompts/library.ts";
import { asTheyAre, fixedPrompts, type LivePrompts, watchedPrompts } from "./prompts/live.ts";
import type { ProjectPrompts, PromptPlaces } from "./prompts/project.ts";
import type { Run } from "./runs/run.ts";
import { filterOf, type RunQuery } from "./runs/run-query.ts";
import type { PruneReport, Store } from "./runs/store.ts";
import type { CancelOptions } from "./runs/cancel.ts";
import type { RunsCheck } from "./runs/check-runs.ts";
import {
  createDesk,
  type ForkOptions,
  type ResumeOptions,
  type StartOptions,
  type Stops,
  type Tick,
} from "./runs/desk.ts";
import type { RunHandle } from "./runs/run-handle.ts";
import type { TickOptions } from "./runs/tick.ts";
import { type LeaseKeeper, leasesHere, leaseTimes } from "./runs/lease.ts";
import { leaseThread } from "./runs/lease-thread.ts";
import type { MigrateOptions } from "./runs/migrate-run.ts";
import { newOwner } from "./runs/owner.ts";
import { type FollowOptions, followRun } from "./runs/follow.ts";
import type { Why } from "./runs/provenance/answer-of-why.ts";
import { differenceOf, type RunDifference } from "./runs/provenance/run-difference.ts";
import { whyOf, type WhyOptions } from "./runs/provenance/why.ts";
import { pruneHistory, type PruneOptions } from "./runs/prune.ts";
import { chooseStore, openChosenStore } from "./store/connect.ts";
import { chooseSession, chooseVector } from "./store/layer-choice.ts";
import { probeLayer } from "./store/memory-probe.ts";
import { openLayers } from "./store/memory-layers.ts";

export interface BatonOptions {
  /** Where `.baton/` lies and relative paths of the config resolve. @default the current folder */
  readonly folder?: string;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /**
   * For development: reads the prompts again when a file below their folders has changed. Runs that start after that use the new ones; runs that
   * have started keep theirs.
   * @default false
   */
  readonly watch?: boolean;
  /**
   * Prompts that were read before, such as those of an earlier commit.
   * @internal
   */
  readonly prompts?: ProjectPrompts;
  /**
   * Where leases are extended; a test may show what goes wrong on the event loop.
   * @internal
   */
  readonly renewOn?: "thread" | "event-loop";
}

/** Which implementation a seam uses, and why it was chosen. */
export interface SeamChoice {
  readonly implementation: string;
  readonly why: string;
  /** Whether a person who starts a run should hear of it though nobody asked. @default false */
  readonly isNoteworthy?: boolean;
}

export interface Seams {
  readonly store: SeamChoice;
  readonly model: SeamChoice;
  readonly session: SeamChoice;
  readonly vector: SeamChoice;
  readonly prompts: SeamChoice;
}

/** Runs workflows: opened by `createBaton`, closed by `close()` or `await using`. */
export interface Baton extends AsyncDisposable {
  readonly workflows: readonly Workflow[];
  readonly seams: Seams;
  readonly store: Store;
  readonly model: Model;
  /** The prompts that the next run uses. */
  readonly prompts: PromptLibrary;
  /** The layers that outlive a run, for apps that fill or read them outside a workflow. */
  readonly memory: LastingLayers;
  /**
   * Commits a run with its input and starts it; the same run id and input once more is the run it was. Throws `unknown-workflow`,
   * `workflow-invalid`, `input-invalid`, `bad-usage` for ids and budgets that are none, `unknown-run` for the one whose budget is shared,
   * `run-id-taken`, `thread-held`, `rollback-refused`, `state-field-unknown`, `model-price-unknown`, the mistakes of its prompts (`prompt-…`), and
   * what `resume` throws.
   */
  start(workflow: string, input: unknown, options?: StartOptions): Promise<RunHandle>;
  /**
   * Goes on with a run from its last checkpoint; a completed run answers with its stored state. Throws `unknown-run`, `unknown-workflow`, and as a
   * refusal that leaves the run as it is `run-already-active`, `run-not-resumable`, `thread-held`, `thread-moved`, `workflow-changed`,
   * `migration-failed`, `model-changed`, `checkpoint-unreadable`, `encryption-key-unknown`, `clock-behind` and `prompt-pin-missing`; about answers
   * `answer-missing`, `answer-unexpected`, `answer-invalid`, `answer-too-late` (by that the run fails), `approval-mismatch`, `interrupt-unknown`
   * and `interrupt-already-answered`; about what was wished for `bad-usage`, `model-price-unknown` and the mistakes of prompts (`prompt-…`).
   */
  resume(run: string, options?: ResumeOptions): Promise<RunHandle>;
  /**
   * Cancels a run, whoever holds it, and waits until it is cancelled. Throws `unknown-run`, `run-not-cancellable` for a completed run, and
   * `run-already-active` when its owner does not let go of it in time.
   */
  cancel(run: string, options?: CancelOptions): Promise<Run>;
  /**
   * Makes a new run that begins before a step of another one, whatever became of that, and starts it. Throws `unknown-run`,
   * `step-out-of-range`, `input-invalid` for values that do not fit, and `workflow-changed` when it cannot begin under this workflow.
   */
  fork(run: string, options: ForkOptions): Promise<RunHandle>;
  /**
   * Applies the migrations of a run's workflow, up or down, and executes nothing. Throws `unknown-run`, `migration-failed` and
   * `run-already-active`.
   */
  migrate(run: string, options?: MigrateOptions): Promise<Run>;
  /** Says which stored runs cannot go on under the workflows of this config. Executes nothing. */
  check(): Promise<RunsCheck>;
  /**
   * Goes on with the runs that time alone has made due, the longest due first: parked runs whose time has come, runs whose owner vanished, runs that
   * were handed over. Runs that nobody answered in time fail; those that cannot go on are `refused`, each with its error. Throws only what keeps the
   * store from answering. Call it every few seconds from a process that may work runs; several may do so at once.
   */
  tick(options?: TickOptions & Stops): Promise<Tick>;
  /** Removes the history of settled runs. Throws `bad-usage` for times and counts that are none. */
  prune(options?: PruneOptions): Promise<PruneReport>;
  /** Throws `unknown-run`. */
  run(id: string): Promise<Run>;
  /** Newest first. Throws `bad-usage` for an id that cannot be one. */
  runs(query?: RunQuery): Promise<readonly Run[]>;
  /** What has happened in a run so far, after event number `after`. Throws `unknown-run`. */
  events(run: string, after?: number): Promise<readonly StoredEvent[]>;
  /**
   * Explains where a value of a run's state comes from, down to the input: `draft`, `facts[3]`, `report.sections[0].title`. Throws `unknown-run`,
   * `bad-usage` and `state-path-unknown`.
   */
  why(run: string, path: string, options?: WhyOptions): Promise<Why>;
  /** Proves that a lasting layer answers, by remembering and recalling in a scope that is removed again. */
  probeMemory(layer: "session" | "vector"): Promise<void>;
  /** A run's events in order, whichever process works it, from any number on; ends when the run comes to rest. Throws `bad-usage` for a malformed id and `unknown-run`. */
  follow(run: string, options?: FollowOptions): AsyncIterable<StoredEvent>;
  /** The first step at which two runs wrote something different, and why. Throws `unknown-run`. */
  diff(a: string, b: string): Promise<RunDifference>;
  close(): Promise<void>;
}

/**
 * Opens the store, the prompts and the model of a configuration.
 *
 * Throws `config-invalid`, `duplicate-workflow`, `prompt-invalid`, `prompt-bundle-invalid`, `prompt-folder-refused`, `model-key-missing`,
 * `default-refused` and the store's errors.
 */
export async function createBaton(config: BatonConfig, options: BatonOptions = {}): Promise<Baton> {
  checkConfig(config);
  const folder = resolve(options.folder ?? ".");
  const registry = createRegistry(config.workflows);
  const env = options.env ?? process.env;
  // All are chosen before the first is opened: a refused one leaves no file behind.
  const modelChoice = chooseModel(config.model, env, DEFAULT_OPENAI_MODEL);
  const storeChoice = chooseStore(config.store, env);
  const choices = {
    model: modelChoice,
    store: storeChoice,
    session: chooseSession(config.session, env),
    vector: chooseVector({ vector: config.vector, embed: config.embed, store: storeChoice.kind }, env),
  };
  const prices = priceList(config.prices);
  const model = priced(choices.model.model, prices);
  const places = promptPlaces(config, folder, env);
  const prompts = await promptsOf(places, options);
  const opening = openChosenStore(choices.store, { folder, batonFolder: batonFolder(folder) });
  const chosen = await opening.catch((error: unknown) => {
    prompts[Symbol.dispose]();
    throw error;
  });
  const { store } = chosen;
  const layers = await openLayers(chosen, choices).catch(async (error: unknown) => {
    await closeAll(
      () => prompts[Symbol.dispose](),
      () => chosen.close(),
    );
    throw error;
  });
  const seams: Seams = {
    store: { implementation: store.description, why: choices.store.why },
    model: { implementation: model.ref, why: choices.model.why },
    session: { implementation: layers.sessionPlace, why: choices.session.why },
    vector: { implementation: layers.vectorPlace, why: choices.vector.why },
    prompts: promptsSeam(prompts.latest),
  };
  const connections = toolConnections();
  const desk = createDesk({
    store,
    registry,
    model,
    prompts: () => prompts.current(),
    memory: (run) => runMemory(layers, { ...run, fence: { run: run.id, epoch: run.epoch } }),
    connections,
    owner: newOwner(),
    seams: { ...implementations(seams), prices: prices.version },
    leases: leaseKeeper(store, config.leaseMs, options.renewOn),
    ...(config.nodeTimeoutMs === undefined ? {} : { nodeTimeoutMs: config.nodeTimeoutMs }),
  });
  const close = async (): Promise<void> => {
    await closeAll(
      () => prompts[Symbol.dispose](),
      () => desk.close(),
      () => connections.close(),
      () => layers.close(),
      () => chosen.close(),
    );
  };
  return {
    workflows: registry.all,
    seams,
    store,
    model,
    get prompts() {
      return prompts.latest.library;
    },
    memory: layers,
    start: (workflow, input, startOptions) => desk.start(workflow, input, startOptions),
    resume: (run, resumeOptions) => desk.resume(run, resumeOptions),
    cancel: (run, cancelOptions) => desk.cancel(run, cancelOptions),
    fork: (run, forkOptions) => desk.fork(run, forkOptions),
    migrate: (run, migrateOptions) => desk.migrate(run, migrateOptions ?? {}),
    check: () => desk.check(),
    tick: (tickOptions) => desk.tick(tickOptions ?? {}),
    prune: (pruneOptions) => pruneHistory(store, pruneOptions),
    run: (id) => desk.run(parseRunId(id)),
    runs: async (query) => await store.runs.list(filterOf(query ?? {})),
    events: async (run, after) => await store.events.read((await desk.run(parseRunId(run))).id, after ?? 0),
    why: async (run, path, whyOptions) => await whyOf(store, await desk.run(parseRunId(run)), { ...whyOptions, path }),
    probeMemory: (layer) => probeLayer(layers[layer], seams[layer].implementation),
    follow: (run, followOptions) => followRun({ store, clock: systemClock }, parseRunId(run), followOptions),
    diff: async (a, b) => await differenceOf(store, await desk.run(parseRunId(a)), await desk.run(parseRunId(b))),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Files of a folder are what everybody expects while developing. */
async function promptsOf(places: PromptPlaces, { prompts, watch }: BatonOptions): Promise<LivePrompts> {
  if (prompts !== undefined) return asTheyAre(prompts);
  return watch === true ? await watchedPrompts(places) : await fixedPrompts(places);
}

function promptsSeam({ place, why, origin: { kind } }: ProjectPrompts): SeamChoice {
  return { implementation: place, why, isNoteworthy: kind === "bundle" || kind === "commit" };
}

function leaseKeeper(store: Store, leaseMs: number | undefined, renewOn: BatonOptions["renewOn"]): LeaseKeeper {
  const times = leaseTimes(leaseMs);
  const { leases: access, runs: leases } = store;
  if (access === undefined || renewOn === "event-loop") return leasesHere(leases, times);
  return leaseThread({ access, times, leases });
}

function implementations(seams: Seams): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(seams).map(([name, { implementation }]: [string, SeamChoice]) => [name, implementation]),
  );
}
