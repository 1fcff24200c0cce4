import { BatonError } from "../core/errors.ts";
import { isJsonObject } from "../core/json.ts";
import { toReadableJson } from "../core/readable-json.ts";
import { readShape, shapeFile } from "../graph/fingerprint.ts";
import { isSameVersion, type MigrationStep, migrationPath } from "../graph/migration.ts";
import { migrated } from "./admission.ts";
import { giveBack, settlementOf } from "./give-back.ts";
import type { LeaseKeeper } from "./lease.ts";
import type { MigratedCheckpoint } from "./migrate-thread.ts";
import { type Fence, HOLDING_STATUSES, type Run, type Settlement } from "./run.ts";
import { holdLease } from "./runner.ts";
import { stopSwitch } from "./stop.ts";
import { headOf } from "./thread-head.ts";
import { threadKey } from "./thread-key.ts";
import { pinnedShape, type StoredRun } from "./workflow-change.ts";

export interface MigrateOptions {
  /** Fingerprint of the version to migrate to, or its first 12 characters or more. @default the version of this workflow */
  readonly to?: string;
  /** Who migrates, and why: kept with the migration. */
  readonly by?: string;
  readonly reason?: string;
}

/** The run of a migration, and who may hold it meanwhile. */
export interface Migrating extends StoredRun {
  readonly owner: string;
  readonly leases: LeaseKeeper;
}

/**
 * Applies the migrations that lead to a version of a run's workflow, up or down, and executes nothing: afterwards the run is parked and
 * can be resumed under that version. Throws `migration-failed` when there is no way to it or they do not work, `run-already-active` when another
 * process has the run, and `run-not-resumable` when the run has come to its end.
 */
export async function migrateRun(migrating: Migrating, options: MigrateOptions): Promise<Run> {
  const { store, run, workflow, owner, leases } = migrating;
  const to = await fullVersion(migrating, options.to);
  if (run.pins.fingerprint === to) return run;
  const path = migrationPath(workflow.migrations, run.pins.fingerprint, to);
  if (path === undefined) throw noWay(run, to);
  const plan = await planFor(migrating, path, to);
  const claim = await store.runs.claim({
    run: run.id,
    owner,
    leaseMs: leases.times.leaseMs,
    from: HOLDING_STATUSES,
    // The plan was made for the run as it was read.
    epoch: run.epoch,
  });
  if (!claim.claimed) throw notStill(claim.run);
  const { fence } = claim;
  // Every write carries the fence: who lost the run is refused by the next one.
  const lease = holdLease(leases, fence, stopSwitch(undefined));
  try {
    return await apply(migrating, { fence, path, plan, to }, options);
  } catch (error) {
    await giveBack({ store, workflow }, { before: run, fence, error });
    throw error;
  } finally {
    lease.release();
  }
}

interface Applying {
  readonly fence: Fence;
  readonly path: readonly MigrationStep[];
  readonly plan: MigratedCheckpoint | undefined;
  readonly to: string;
}

async function apply(
  { store, run, workflow }: StoredRun,
  { fence, path, plan, to }: Applying,
  options: MigrateOptions,
): Promise<Run> {
  const direction = path.at(-1)?.direction ?? "up";
  await store.events.append(fence, [migrated({ from: run.pins.fingerprint, to, direction }, plan, options)]);
  if (plan !== undefined) {
    const { writeMigration } = await import("./migrate-thread.ts");
    await writeMigration(await store.saver(fence), threadKey(run), plan);
  }
  const shape = shapeFile(workflow);
  await store.runs.repin(fence, { ...run.pins, fingerprint: to }, shape.id === to ? [shape] : []);
  return await store.runs.settle(fence, restAfter(run, plan, to));
}

/** A fingerprint may be given by its first characters; whole, it is that of the workflow or one the run has had. */
async function fullVersion({ store, run, workflow }: StoredRun, wanted: string | undefined): Promise<string> {
  const current = shapeFile(workflow).id;
  if (wanted === undefined) return current;
  const events = await store.events.read(run.id, 0);
  const had = events.flatMap((event) =>
    event.type === "state_migrated" || event.type === "workflow_changed" ? [event.from, event.to] : [],
  );
  const named = workflow.migrations.flatMap(({ from, to }) => [from, to]).filter((version) => version.length === 64);
  const found = [current, run.pins.fingerprint, ...had, ...named].find((version) => isSameVersion(version, wanted));
  if (found !== undefined && wanted.length >= 12) return found;
  throw noWay(run, wanted);
}

async function planFor(
  { store, run, workflow }: StoredRun,
  path: readonly MigrationStep[],
  to: string,
): Promise<MigratedCheckpoint | undefined> {
  const saver = await store.reader();
  const head = run.epoch > 0 || run.pins.fork !== undefined ? await headOf(saver, run) : undefined;
  if (head === undefined) return undefined;
  const { planMigration } = await import("./migrate-thread.ts");
  const text = to === shapeFile(workflow).id ? shapeFile(workflow).text : await store.blobs.get(to);
  return await planMigration({
    saver,
    head,
    workflow,
    path,
    before: await pinnedShape(store, run),
    after: text === undefined ? undefined : readShape(to, text),
  });
}

/** What waited at the old checkpoint is asked again at the new one, by the next resume. */
function restAfter(run: Run, plan: MigratedCheckpoint | undefined, to: string): Settlement {
  if (plan === undefined) return run.status === "running" ? { status: "queued" } : settlementOf(run);
  const state = toReadableJson(plan.state);
  return {
    status: "parked",
    reason: `migrated to ${to.slice(0, 12)}; it was ${run.status}`,
    state: isJsonObject(state) ? state : {},
    checkpoint: plan.checkpoint.id,
  };
}

function noWay(run: Run, to: string): BatonError {
  return new BatonError(
    "migration-failed",
    `No migrations of workflow \`${run.workflow}\` lead run \`${run.id}\` from \`${run.pins.fingerprint.slice(0, 12)}\` to \`${to.slice(0, 64)}\`.`,
    {
      hint: "Add one to `workflow({ migrations: [{ from, to, up, down }] })`; a way down needs `down` wherever there is `up`.",
    },
  );
}

function notStill(run: Run): BatonError {
  return run.status === "running" || HOLDING_STATUSES.some((status) => status === run.status)
    ? new BatonError("run-already-active", `Run \`${run.id}\` is in the hands of another process.`, {
        hint: `Wait for it and try again: baton show ${run.id}`,
      })
    : new BatonError("run-not-resumable", `Run \`${run.id}\` is \`${run.status}\` and has nothing to migrate for.`, {
        hint: "Only runs that can be resumed are migrated.",
      });
}
