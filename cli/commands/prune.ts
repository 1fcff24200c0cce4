import { InvalidArgumentError } from "commander";

import { PRUNE_DEFAULTS } from "../../runs/prune.ts";
import { PRUNABLE_STATUSES, type PruneReport, type PruneRequest } from "../../runs/store.ts";
import { counted } from "../counted.ts";
import { openProjectStore } from "../open-store.ts";
import type { Output } from "../output.ts";
import type { Configure } from "../session.ts";

interface PruneFlags {
  readonly olderThan: number;
  readonly keepRuns: number;
  readonly keepLatest: number;
  readonly status: PruneRequest["statuses"];
  readonly dryRun?: boolean;
}

export const configure: Configure = (command, session) => {
  command
    .option("--older-than <days>", "only runs that came to rest longer ago", parseDays, PRUNE_DEFAULTS.olderThanDays)
    .option("--keep-runs <n>", "keep the newest settled runs, however old", parseCount, PRUNE_DEFAULTS.keepRuns)
    .option(
      "--keep-latest <n>",
      "checkpoints of a thread that stay; with 0 the thread and its runs go",
      parseCount,
      PRUNE_DEFAULTS.keepLatest,
    )
    .option("--status <list>", "settled statuses to prune, separated by commas", parseStatuses, PRUNE_DEFAULTS.statuses)
    .option("--dry-run", "say what would go, and remove nothing")
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", HELP)
    .action(async (flags: PruneFlags) => {
      session.exitCode = await prune(flags, session.output);
    });
};

const HELP = `
Runs that can be resumed, and what a fork begins from, always stay.

Examples:
  $ baton prune --dry-run
  $ baton prune --older-than 7 --keep-runs 100
  $ baton prune --older-than 90 --keep-latest 0 --status completed,cancelled,dead`;

function parseDays(text: string): number {
  const days = Number(text);
  if (text.trim() !== "" && Number.isFinite(days) && days >= 0) return days;
  throw new InvalidArgumentError("Expected a number of days from 0.");
}

function parseCount(text: string): number {
  if (/^\d{1,9}$/u.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a whole number from 0.");
}

function parseStatuses(text: string): PruneRequest["statuses"] {
  return text.split(",").map((word) => {
    const status = PRUNABLE_STATUSES.find((known) => known === word.trim());
    if (status !== undefined) return status;
    throw new InvalidArgumentError(`Expected some of ${PRUNABLE_STATUSES.join(", ")}.`);
  });
}

const NOTHING: PruneReport = {
  threads: 0,
  runs: 0,
  checkpoints: 0,
  events: 0,
  effects: 0,
  blobs: 0,
  bytes: 0,
  bytesFreed: 0,
};

async function prune(
  { olderThan, keepRuns, keepLatest, status, dryRun = false }: PruneFlags,
  output: Output,
): Promise<number> {
  const { pruneHistory } = await import("../../runs/prune.ts");
  const store = await openProjectStore();
  try {
    const options = { olderThanDays: olderThan, keepRuns, keepLatest, statuses: status, dryRun };
    const report = store === undefined ? NOTHING : await pruneHistory(store, options);
    if (output.json) output.document({ dryRun, ...report });
    else output.result(sentence(report, dryRun));
    return 0;
  } finally {
    await store?.close();
  }
}

function sentence(
  { threads, runs, checkpoints, events, effects, bytes, bytesFreed }: PruneReport,
  dryRun: boolean,
): string {
  if (checkpoints + events + effects + runs === 0) return "Nothing to prune.";
  const history = `${counted(checkpoints, "checkpoint")}, ${counted(events, "event")} and ${counted(effects, "journal entry", "journal entries")}`;
  const parts = `${history} of ${counted(threads, "thread")} (${printBytes(bytes)}), and ${counted(runs, "run")}`;
  if (dryRun) return `Would remove ${parts}.`;
  return `Removed ${parts}. ${bytesFreed > 0 ? `${printBytes(bytesFreed)} went back to the disk.` : "The database keeps the room for what comes next."}`;
}

function printBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
