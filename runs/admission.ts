import type { RunEvent, Signed, StoredEvent } from "../core/events.ts";
import { signatureOf } from "../core/signature.ts";
import { shapeFile } from "../graph/fingerprint.ts";
import { shapeOf } from "../graph/shape.ts";
import type { MigratedCheckpoint } from "./migrate-thread.ts";
import type { Fence, Run } from "./run.ts";
import { headOf } from "./thread-head.ts";
import { threadKey } from "./thread-key.ts";
import { examineChange, pinnedShape, type StoredRun, type WorkflowChange, workflowChanged } from "./workflow-change.ts";

/** A run that may go on, and under which ids its tasks have journaled their calls. */
export interface Admitted {
  readonly run: Run;
  /** The first id of each task that has had several, by the id it has now. */
  readonly taskOrigins: ReadonlyMap<string, string>;
}

export interface Admission {
  /** True when the checkpoint at which the run stands is replaced: questions that wait there are asked again. */
  readonly migrates: boolean;
  /** Does, under the fence, what the run needs before its first node. */
  enter(claimed: { readonly run: Run; readonly fence: Fence }): Promise<Admitted>;
}

/** Who asked for migrations; undefined when nobody did. */
export type MigrationWish = Signed | undefined;

/**
 * Decides whether a run may go on under the workflow of today. Reads only: a run that is refused stays as it is. Throws
 * `workflow-changed`, and `migration-failed` when its migrations were asked for and do not work.
 */
export async function admit(stored: StoredRun, migration: MigrationWish): Promise<Admission> {
  const { store, run } = stored;
  const change = await examineChange(stored);
  if (change.kind === "broken" || (change.kind === "migration" && migration === undefined))
    throw workflowChanged(run, change);
  const plan = change.kind === "migration" ? await planOf(stored, change) : undefined;
  return {
    migrates: plan !== undefined,
    async enter({ run: claimed, fence }) {
      await seed(stored, { claimed, fence });
      const entered = await adopt(stored, { claimed, fence, change, plan, migration });
      return { run: entered, taskOrigins: originsOf(await store.events.read(run.id, 0)) };
    },
  };
}

type Migrating = Extract<WorkflowChange, { readonly kind: "migration" }>;

async function planOf(
  { store, run, workflow }: StoredRun,
  { path }: Migrating,
): Promise<MigratedCheckpoint | undefined> {
  const saver = await store.reader();
  const head = run.epoch > 0 || run.pins.fork !== undefined ? await headOf(saver, run) : undefined;
  if (head === undefined) return undefined;
  const { planMigration } = await import("./migrate-thread.ts");
  return await planMigration({
    saver,
    head,
    workflow,
    path,
    before: await pinnedShape(store, run),
    after: shapeOf(workflow),
  });
}

interface Claimed {
  readonly claimed: Run;
  readonly fence: Fence;
}

async function seed({ store, workflow }: StoredRun, { claimed, fence }: Claimed): Promise<void> {
  const { fork } = claimed.pins;
  if (fork === undefined) return;
  const { seedFork } = await import("./fork-seed.ts");
  await seedFork(await store.saver(fence), claimed, { fork, workflow });
  const isNoted = (await store.events.read(claimed.id, 0)).some(({ type }) => type === "run_forked");
  if (isNoted) return;
  const { run: from, step, checkpoint, set } = fork;
  await store.events.append(fence, [{ type: "run_forked", from, step, checkpoint, set, ...signatureOf(fork) }]);
}

interface Entry extends Claimed {
  readonly change: WorkflowChange;
  readonly plan: MigratedCheckpoint | undefined;
  readonly migration: MigrationWish;
}

async function adopt({ store, workflow }: StoredRun, entry: Entry): Promise<Run> {
  const { claimed, fence, change, plan, migration } = entry;
  if (change.kind === "same") return claimed;
  const { from, to } = change;
  const event: RunEvent =
    change.kind === "migration"
      ? migrated({ from, to, direction: "up" }, plan, migration)
      : { type: "workflow_changed", from, to, changes: change.changes.map(({ text }) => text) };
  if (plan !== undefined) {
    const { writeMigration } = await import("./migrate-thread.ts");
    // The note of which task is which goes first: without it, what a task has done already would be done again.
    await store.events.append(fence, [event]);
    await writeMigration(await store.saver(fence), threadKey(claimed), plan);
  } else {
    await store.events.append(fence, [event]);
  }
  const shape = shapeFile(workflow);
  return await store.runs.repin(fence, { ...claimed.pins, fingerprint: shape.id }, [shape]);
}

/** The event of a migration. */
export function migrated(
  versions: { readonly from: string; readonly to: string; readonly direction: "up" | "down" },
  plan: MigratedCheckpoint | undefined,
  wish: MigrationWish,
): RunEvent {
  return {
    type: "state_migrated",
    ...versions,
    replaced: plan?.replaced ?? null,
    checkpoint: plan?.checkpoint.id ?? null,
    fields: plan?.fields ?? [],
    tasks: plan?.tasks ?? {},
    ...signatureOf(wish ?? {}),
  };
}

/** Follows tasks back through all migrations of the run. */
export function originsOf(events: readonly StoredEvent[]): ReadonlyMap<string, string> {
  const origins = new Map<string, string>();
  for (const event of events) {
    if (event.type !== "state_migrated") continue;
    for (const [is, was] of Object.entries(event.tasks)) origins.set(is, origins.get(was) ?? was);
  }
  return origins;
}
