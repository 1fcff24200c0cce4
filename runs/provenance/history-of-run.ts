import type { StoredEvent } from "../../core/events.ts";
import { parseRunId, type RunId } from "../../core/ids.ts";
import { signatureOf } from "../../core/signature.ts";
import type { Run, RunFork } from "../run.ts";
import type { ProvenanceRow, Store } from "../store.ts";
import { threadKey } from "../thread-key.ts";
import type { History, Writing } from "./writing.ts";

/** Everything that is known of how a run's state came about. */
export interface RunHistory extends History {
  readonly run: Run;
  readonly events: readonly StoredEvent[];
  /** The history of the graph inside the node that made a writing; undefined where there is none. */
  inner(history: History, writing: Writing): History | undefined;
}

/** A run whose steps before one of them are part of the history. */
interface Ancestor {
  readonly run: Run;
  readonly before: number;
}

/** Forks of forks, and turns of a thread, are followed back this far. */
const MOST_ANCESTORS = 1000;

/** Puts together how a run's state came about: earlier turns of its thread, the run it was forked from, and its own steps. */
export async function historyOfRun(store: Store, run: Run): Promise<RunHistory> {
  const loaded = new Map<string, readonly ProvenanceRow[]>();

  async function rowsOf(key: string): Promise<readonly ProvenanceRow[]> {
    const known = loaded.get(key);
    if (known !== undefined) return known;
    const rows = await store.provenance.ofThread(key);
    loaded.set(key, rows);
    return rows;
  }

  const parts: (readonly Writing[])[] = [];
  let next: Ancestor | undefined = { run, before: Number.POSITIVE_INFINITY };
  const events = await store.events.read(run.id, 0);
  for (let depth = 0; next !== undefined && depth < MOST_ANCESTORS; depth += 1) {
    const { run: current, before }: Ancestor = next;
    const rows = await rowsOf(threadKey(current));
    const noted = current.id === run.id ? events : await store.events.read(current.id, 0);
    const own = withMigrations(writingsOf(current, rows), current, noted).filter(
      ({ step, checkpoint }) => step < before && (current === run || !isDropped(current, checkpoint)),
    );
    parts.unshift(own);
    const { fork }: Run["pins"] = current.pins;
    const source: Run | undefined = fork === undefined ? undefined : await store.runs.get(fork.run);
    if (fork !== undefined) parts.unshift(edit(current, fork));
    next = fork === undefined ? await turnBefore(store, current, rows) : source && { run: source, before: fork.step };
  }
  return {
    run,
    events,
    writings: parts.flat(),
    inner(history, writing) {
      const namespace = innerNamespace(writing);
      const rows = (loaded.get(writing.threadKey) ?? []).filter((row) => row.namespace === namespace);
      if (rows.length === 0) return undefined;
      const writings = ordered(rows.map((row) => toWriting(row, writing.threadKey)));
      return { writings, outer: { history, writing } };
    },
  };
}

/** What tasks of a step under way wrote before another turn began took no effect. */
function isDropped(turn: Run, checkpoint: string | undefined): boolean {
  return checkpoint !== undefined && "checkpoint" in turn && turn.checkpoint === checkpoint;
}

function innerNamespace({ namespace, node, task }: Writing): string {
  const own = `${node ?? ""}:${task ?? ""}`;
  return namespace === "" ? own : `${namespace}|${own}`;
}

function writingsOf(run: Run, rows: readonly ProvenanceRow[]): readonly Writing[] {
  const own = rows.filter(({ namespace, provenance }) => namespace === "" && provenance.run === run.id);
  // A checkpoint that a migration replaced, and what tasks wrote after it, took no effect.
  const latest = new Map<number, ProvenanceRow>();
  for (const row of own) latest.set(row.provenance.step, row);
  const effective = own.filter((row) => latest.get(row.provenance.step)?.checkpoint === row.checkpoint);
  return ordered(effective.map((row) => toWriting(row, threadKey(run))));
}

/** A result, once stored, stays: of several writes of one task the first counts. Tasks of a step take effect in the order of their paths. */
function ordered(writings: readonly Writing[]): readonly Writing[] {
  const first = new Map<string, Writing>();
  for (const writing of writings) {
    const key = `${writing.checkpoint} ${writing.task}`;
    if (!first.has(key)) first.set(key, writing);
  }
  return [...first.values()].toSorted((a, b) => a.step - b.step || compare(a.path, b.path));
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function toWriting({ provenance, namespace, checkpoint, task, path }: ProvenanceRow, key: string): Writing {
  const { run, step, node, attempt, kind, writes } = provenance;
  return {
    run,
    threadKey: key,
    namespace,
    checkpoint,
    task,
    path,
    step,
    node,
    attempt,
    kind,
    fields: writes,
    provenance,
  };
}

function edit(run: Run, fork: RunFork): readonly Writing[] {
  const fields = Object.keys(fork.set);
  if (fields.length === 0) return [];
  const { set, step } = fork;
  return [
    {
      ...byHand(run, step - 1, fields),
      kind: "human",
      set,
      ...signatureOf(fork),
    },
  ];
}

function byHand(run: Run, step: number, fields: readonly string[]): Omit<Writing, "kind"> {
  return {
    run: run.id,
    threadKey: threadKey(run),
    namespace: "",
    checkpoint: undefined,
    task: undefined,
    path: "",
    step,
    node: undefined,
    attempt: 1,
    fields,
    provenance: undefined,
  };
}

/** Puts migrations where they took effect: before the tasks that began from the checkpoint they made. */
function withMigrations(writings: readonly Writing[], run: Run, events: readonly StoredEvent[]): readonly Writing[] {
  let all = writings;
  for (const event of events) {
    if (event.type !== "state_migrated" || event.fields.length === 0 || event.checkpoint === null) continue;
    const { checkpoint, fields, by, reason, seq } = event;
    const committed = events.findLast((one) => one.type === "step_committed" && one.seq < seq);
    const after = all.findIndex((writing) => writing.checkpoint === checkpoint);
    const step = all[after]?.step ?? (committed?.type === "step_committed" ? committed.step + 1 : 0);
    const migration: Writing = {
      ...byHand(run, step, fields),
      kind: "migration",
      checkpoint,
      ...(by === undefined ? {} : { by }),
      ...(reason === undefined ? {} : { reason }),
    };
    const at = after === -1 ? all.findIndex((writing) => writing.step >= step) : after;
    all = at === -1 ? [...all, migration] : [...all.slice(0, at), migration, ...all.slice(at)];
  }
  return all;
}

/** The run whose turn on the thread came before; a turn that was taken back does not count. */
async function turnBefore(store: Store, run: Run, rows: readonly ProvenanceRow[]): Promise<Ancestor | undefined> {
  const thread: string = run.thread;
  if (thread === run.id) return undefined;
  const first = rows.find(({ provenance }) => provenance.run === run.id)?.seq ?? Number.POSITIVE_INFINITY;
  const turns = await store.runs.list({ tenant: run.tenant, thread: run.thread, limit: 10_000 });
  const takenBack = new Set<string>(
    turns.flatMap(({ pins, createdAt }) => (createdAt <= run.createdAt && pins.rollback ? [pins.rollback.run] : [])),
  );
  const before = rows.findLast(
    ({ seq, namespace, provenance }) =>
      seq < first && namespace === "" && provenance.run !== run.id && !takenBack.has(provenance.run),
  );
  const id: RunId | undefined = before === undefined ? undefined : parseRunId(before.provenance.run);
  const found = id === undefined ? undefined : await store.runs.get(id);
  return found && { run: found, before: Number.POSITIVE_INFINITY };
}
