import { BatonError } from "../core/errors.ts";
import { isJsonObject } from "../core/json.ts";
import { toReadableJson } from "../core/readable-json.ts";
import { readShape, shapeFile } from "../graph/fingerprint.ts";
import { isSameVersion, type MigrationStep, migrationPath } from "../graph/migration.ts";
import { migrated } from "./admission.ts";
import { LEASE_MS } from "./lease.ts";
import type { MigratedCheckpoint } from "./migrate-thread.ts";
import { HOLDING_STATUSES, type Run, type Settlement } from "./run.ts";
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

/**
 * Applies the migrations that lead to a version of a run's workflow, up or down, and executes nothing: afterwards the run is parked and
 * can be resumed under that version. Throws `migration-failed` when there is no way to it, and `run-already-active` when another process has the run.
 */
export async function migrateRun(
  stored: StoredRun & { readonly owner: string },
  options: MigrateOptions,
): Promise<Run> {
  const { store, run, workflow } = stored;
  const from = run.pins.fingerprint;
  const to = await fullVersion(stored, options.to);
  if (from === to) return run;
  const path = migrationPath(workflow.migrations, from, to);
  if (path === undefined) throw noWay(run, to);
  const plan = await planFor(stored, path, to);
  const outcome = await store.runs.claim({
    run: run.id,
    owner: stored.owner,
    leaseMs: LEASE_MS,
    from: HOLDING_STATUSES,
  });
  if (!outcome.claimed || outcome.run.epoch !== run.epoch + 1) {
    if (outcome.claimed) await store.runs.settle(outcome.fence, { status: "queued" });
    throw notStill(outcome.run);
  }
  const { fence } = outcome;
  const direction = path.at(-1)?.direction ?? "up";
  await store.events.append(fence, [migrated({ from, to, direction }, plan, options)]);
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
  if (plan === undefined) return { status: "queued" };
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
