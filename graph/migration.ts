import { BatonError } from "../core/errors.ts";

/** All fields of a state, by name, as they are stored. */
export type MigratedState = Readonly<Record<string, unknown>>;

/** How runs that were started on one version of a workflow go on under another. Applied to one run at a time, and undone by `down`. */
export interface Migration {
  /** Fingerprint of the version before the change: its first 12 characters or more, as `baton show` and `baton check --runs` print them. */
  readonly from: string;
  /** Fingerprint of the version after it. */
  readonly to: string;
  /** Nodes that have another name now: the old name and the new one. */
  readonly nodes?: Readonly<Record<string, string>>;
  /** Makes the new state out of the old one. @default the state stays as it is */
  readonly up?: (state: MigratedState) => MigratedState;
  /** Makes the old state out of the new one. @default the state stays as it is; without it, a migration that has `up` cannot be undone */
  readonly down?: (state: MigratedState) => MigratedState;
}

/** One migration in one direction. */
export interface MigrationStep {
  readonly direction: "up" | "down";
  readonly migration: Migration;
  /** Fingerprints, as far as the migration names them. */
  readonly from: string;
  readonly to: string;
}

const FINGERPRINT = /^[0-9a-f]{12,64}$/u;

/** Throws `workflow-invalid` when a migration names no fingerprints or leads nowhere. */
export function checkMigrations(workflow: string, migrations: readonly Migration[]): void {
  for (const { from, to } of migrations) {
    if (FINGERPRINT.test(from) && FINGERPRINT.test(to) && !isSameVersion(from, to)) continue;
    throw new BatonError(
      "workflow-invalid",
      `Workflow \`${workflow}\` has a migration from \`${from}\` to \`${to}\`: expected two different fingerprints of 12 to 64 characters.`,
      { hint: "Take them from `baton check --runs`." },
    );
  }
}

/** The shortest way from one version to another; undefined where there is none. */
export function migrationPath(
  migrations: readonly Migration[],
  from: string,
  to: string,
): readonly MigrationStep[] | undefined {
  const seen: string[] = [from];
  let paths: readonly (readonly MigrationStep[])[] = [[]];
  while (paths.length > 0) {
    const arrived = paths.find((path) => isSameVersion(path.at(-1)?.to ?? from, to));
    if (arrived !== undefined) return arrived;
    paths = paths.flatMap((path) =>
      stepsFrom(migrations, path.at(-1)?.to ?? from).flatMap((step) => {
        if (seen.some((version) => isSameVersion(version, step.to))) return [];
        seen.push(step.to);
        return [[...path, step]];
      }),
    );
  }
  return undefined;
}

function stepsFrom(migrations: readonly Migration[], version: string): readonly MigrationStep[] {
  return migrations.flatMap((migration): readonly MigrationStep[] => {
    const { from, to, up, down } = migration;
    if (isSameVersion(from, version)) return [{ direction: "up", migration, from, to }];
    const isReversible = up === undefined || down !== undefined;
    return isReversible && isSameVersion(to, version) ? [{ direction: "down", migration, from: to, to: from }] : [];
  });
}

/** A fingerprint may be given by its first characters. */
export function isSameVersion(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one);
}

/** The state after one step. Throws `migration-failed` when the migration's function throws or returns no state. */
export function migrateState(state: MigratedState, { migration, direction }: MigrationStep): MigratedState {
  const change = direction === "up" ? migration.up : migration.down;
  if (change === undefined) return state;
  let changed: unknown;
  try {
    changed = change({ ...state });
  } catch (error) {
    throw failed(
      migration,
      `its \`${direction}\` threw: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
  if (typeof changed === "object" && changed !== null && !Array.isArray(changed) && !(changed instanceof Promise)) {
    // Whatever an object's own keys are, they are fields.
    return changed as MigratedState;
  }
  throw failed(migration, `its \`${direction}\` returned no state`, undefined);
}

/** New names of nodes after one step; a name that is not in it stays. */
export function renamedNodes({ migration, direction }: MigrationStep): ReadonlyMap<string, string> {
  const pairs = Object.entries(migration.nodes ?? {});
  return new Map(direction === "up" ? pairs : pairs.map(([before, after]) => [after, before]));
}

function failed({ from, to }: Migration, why: string, cause: unknown): BatonError {
  return new BatonError(
    "migration-failed",
    `The migration from \`${from.slice(0, 12)}\` to \`${to.slice(0, 12)}\` failed: ${why}.`,
    {
      hint: "Nothing was changed. Mend the migration in `workflow()` and try again.",
      cause,
    },
  );
}
