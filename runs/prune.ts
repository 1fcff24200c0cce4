import { BatonError } from "../core/errors.ts";
import { PRUNABLE_STATUSES, type PruneReport, type PruneRequest, type Store } from "./store.ts";

export interface PruneOptions {
  /** Only runs that came to rest longer ago than this. @default 30 */
  readonly olderThanDays?: number;
  /** The newest settled runs that stay, however old they are. @default 0 */
  readonly keepRuns?: number;
  /** How many checkpoints of a thread stay, the newest; with 0 the thread goes, and its runs with it. @default 1 */
  readonly keepLatest?: number;
  /** Statuses to prune. @default completed and cancelled: a dead run may still be resumed by force */
  readonly statuses?: PruneRequest["statuses"];
  /** Says what would go, and removes nothing. @default false */
  readonly dryRun?: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** What `prune` takes when nothing else is said. */
export const PRUNE_DEFAULTS = {
  olderThanDays: 30,
  keepRuns: 0,
  keepLatest: 1,
  statuses: ["completed", "cancelled"],
} as const;

/** Removes the history of runs that have been settled for a while. Never what a run that can be resumed is made of. */
export async function pruneHistory(store: Store, options: PruneOptions = {}): Promise<PruneReport> {
  const olderThanDays = options.olderThanDays ?? PRUNE_DEFAULTS.olderThanDays;
  const keepLatest = options.keepLatest ?? PRUNE_DEFAULTS.keepLatest;
  const statuses = options.statuses ?? PRUNE_DEFAULTS.statuses;
  if (!Number.isFinite(olderThanDays) || olderThanDays < 0)
    throw unusable("olderThanDays", "a number of days from 0", olderThanDays);
  if (!Number.isSafeInteger(keepLatest) || keepLatest < 0)
    throw unusable("keepLatest", "a whole number from 0", keepLatest);
  const keepRuns = options.keepRuns ?? PRUNE_DEFAULTS.keepRuns;
  if (!Number.isSafeInteger(keepRuns) || keepRuns < 0) throw unusable("keepRuns", "a whole number from 0", keepRuns);
  const strange = statuses.find((status) => !PRUNABLE_STATUSES.includes(status));
  if (strange !== undefined) throw unusable("statuses", `some of ${PRUNABLE_STATUSES.join(", ")}`, strange);
  // A run that came to rest in this very millisecond is old enough for an age of 0.
  const old = Date.now() - olderThanDays * DAY_MS + (olderThanDays === 0 ? 1 : 0);
  const kept = keepRuns === 0 ? Infinity : ((await store.runs.restedAt(statuses, keepRuns)) ?? 0);
  const before = Math.ceil(Math.min(old, kept));
  return await store.prune({ before, statuses, keepLatest, dryRun: options.dryRun ?? false });
}

function unusable(option: string, expected: string, got: unknown): BatonError {
  return new BatonError("bad-usage", `Expected \`${option}\` to be ${expected}, got \`${String(got)}\`.`, {
    hint: "Leave it out for the default.",
  });
}
