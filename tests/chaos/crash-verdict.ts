import { isDeepStrictEqual } from "node:util";

import type { Baton, JsonObject, Store } from "batonjs";

import type { CrashPoint } from "./crash-counter.ts";
import type { Ledger, LedgerEntry } from "./ledger.ts";
import { find, type Work, workToEnd } from "./work.ts";

/** One crash to try: which workflow, and where in it. */
export interface Crash {
  readonly workflow: string;
  readonly point: CrashPoint;
  /** What happens there. */
  readonly name: string;
}

/** What one crash did. */
export interface Verdict extends Crash {
  /** False when the run came to its end before the point: statements of one moment are not always as many. */
  readonly killed: boolean;
  /** Why an accepted run did not come to its end. */
  readonly lost?: string;
  /** The final state is not the one of an undisturbed run, or its checkpoints are no single line. */
  readonly wrong?: string;
  /** Tasks that ran again although their step, or their own result, was stored. */
  readonly repeatedCommitted: readonly string[];
  /** Tasks of the step in flight that ran again. */
  readonly repeatedInFlight: readonly string[];
  /** Effects that happened more often than their kind allows, and calls made again although their result was stored. */
  readonly duplicates: readonly string[];
}

/** The store and the ledger that a victim left, and who goes on with its run. */
export interface Scene {
  /** The survivor. */
  readonly baton: Baton;
  readonly ledger: Ledger;
  readonly work: Work;
}

/** Says what a crash left of a run, and what became of it. The state of an undisturbed run is what it has to come to. */
export async function judge(
  scene: Scene,
  expected: JsonObject | undefined,
): Promise<Omit<Verdict, keyof Crash | "killed"> & { readonly hadEnded: boolean }> {
  const left = await remains(scene.baton, scene.ledger, scene.work.run);
  return { hadEnded: left.entries.some(({ what }) => what === "ended"), ...(await survive(scene, left, expected)) };
}

/** What the victim left in the store and outside it. */
interface Remains {
  readonly accepted: boolean;
  readonly entries: readonly LedgerEntry[];
  /** The last step whose end is stored, and tasks of the next one whose result is. */
  readonly step: number;
  readonly tasks: ReadonlySet<string>;
  readonly journaled: ReadonlySet<string>;
}

async function remains(baton: Baton, ledger: Ledger, id: string): Promise<Remains> {
  const run = await find(baton, id);
  const entries = ledger.read(id);
  const head = run === undefined ? undefined : await headOf(baton.store, id);
  const results = (head?.pendingWrites ?? []).flatMap(([, channel, value]) => (channel === "done" ? value : []));
  const effects = run === undefined ? [] : await baton.store.effects.list(run.id);
  return {
    accepted: entries.some(({ what }) => what === "accepted"),
    entries,
    step: head?.metadata?.step ?? Number.NEGATIVE_INFINITY,
    tasks: new Set(results as readonly string[]),
    journaled: new Set(effects.filter(({ status }) => status === "done").map(({ key }) => key)),
  };
}

async function headOf(store: Store, thread: string) {
  const reader = await store.reader();
  return await reader.getTuple({ configurable: { thread_id: thread, checkpoint_ns: "" } });
}

async function survive(
  { baton, ledger, work }: Scene,
  left: Remains,
  wanted: JsonObject | undefined,
): Promise<Omit<Verdict, keyof Crash | "killed">> {
  const none = { repeatedCommitted: [], repeatedInFlight: [], duplicates: [] };
  if (left.accepted && (await find(baton, work.run)) === undefined) return { ...none, lost: "The run is not there." };
  let state: JsonObject;
  try {
    state = await workToEnd(baton, ledger, work);
  } catch (error) {
    return { ...none, lost: String(error) };
  }
  const after = ledger.read(work.run).slice(left.entries.length);
  const entered = after.filter((entry) => entry.what === "entered");
  const seen = new Set(left.entries.flatMap((entry) => (entry.what === "entered" ? [entry.task] : [])));
  const isStored = (entry: { readonly step: number; readonly task: string }): boolean =>
    entry.step <= left.step || left.tasks.has(entry.task);
  const forks = await forkedCheckpoints(baton.store, work.run);
  const wrong = isDeepStrictEqual(state, wanted) ? forks : `${JSON.stringify(state)}, not ${JSON.stringify(wanted)}`;
  return {
    ...(wrong === undefined ? {} : { wrong }),
    repeatedCommitted: entered.filter(isStored).map(({ task }) => task),
    repeatedInFlight: entered.filter((entry) => !isStored(entry) && seen.has(entry.task)).map(({ task }) => task),
    duplicates: duplicates(ledger.read(work.run), after, left.journaled),
  };
}

/** A checkpoint that two others follow. */
export async function forkedCheckpoints(store: Store, thread: string): Promise<string | undefined> {
  const reader = await store.reader();
  const parents = new Map<string, number>();
  for await (const { parentConfig } of reader.list({ configurable: { thread_id: thread, checkpoint_ns: "" } })) {
    const parent: unknown = parentConfig?.configurable?.["checkpoint_id"];
    if (typeof parent === "string") parents.set(parent, (parents.get(parent) ?? 0) + 1);
  }
  const forked = [...parents].filter(([, children]) => children > 1);
  return forked.length === 0 ? undefined : `forked at ${forked.map(([id]) => id).join(", ")}`;
}

/** `idempotent`: the other side knows a key once, so one name may have one key. `once`: one name may happen once. */
function duplicates(
  all: readonly LedgerEntry[],
  after: readonly LedgerEntry[],
  journaled: ReadonlySet<string>,
): readonly string[] {
  const effects = all.filter((entry) => entry.what === "effect");
  const problems = new Set<string>();
  for (const { kind, name } of effects) {
    const same = effects.filter((other) => other.kind === kind && other.name === name);
    const times = kind === "once" ? same.length : new Set(same.map(({ key }) => key)).size;
    if (times !== 1) problems.add(`${kind} ${name} × ${times}`);
  }
  for (const entry of after) {
    if (entry.what === "effect" && journaled.has(entry.key)) problems.add(`${entry.name} again, although journaled`);
  }
  return [...problems];
}
