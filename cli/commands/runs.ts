import { InvalidArgumentError, Option } from "commander";

import { type Run, RUN_STATUSES, type RunStatus } from "../../runs/run.ts";
import type { RunFilter, Store } from "../../runs/store.ts";
import { printAge, printDuration } from "../duration.ts";
import { openProjectStore } from "../open-store.ts";
import type { Output } from "../output.ts";
import { statusStyle } from "../paint.ts";
import { readProgress, type RunProgress } from "../run-progress.ts";
import type { Configure } from "../session.ts";
import { type Column, printTable } from "../table.ts";

interface RunsFlags {
  readonly status?: RunStatus;
  readonly workflow?: string;
  readonly limit: number;
}

export const configure: Configure = (command, session) => {
  command
    .addOption(new Option("--status <status>", "only runs in this status").choices(RUN_STATUSES))
    .option("--workflow <id>", "only runs of this workflow")
    .option("--limit <n>", "at most this many runs", parseLimit, 20)
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", "\nExample:\n  $ baton runs --status failed --workflow research")
    .action(async (flags: RunsFlags) => {
      session.exitCode = await list(flags, session.output);
    });
};

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new InvalidArgumentError("Expected a whole number above 0.");
}

interface Row {
  readonly run: Run;
  readonly progress: RunProgress;
}

async function list(flags: RunsFlags, output: Output): Promise<number> {
  const store = await openProjectStore();
  try {
    const rows = store === undefined ? [] : await readRows(store, flags);
    if (output.json) output.document({ runs: rows.map(toJson) });
    else if (rows.length > 0) output.result(printTable(rows, columns(Date.now(), output), output.width));
    else if (flags.status !== undefined || flags.workflow !== undefined) output.note("No run is of this kind.");
    else output.note("No runs here yet. Start one with: baton run <workflow>");
    return 0;
  } finally {
    await store?.close();
  }
}

async function readRows(store: Store, { status, workflow, limit }: RunsFlags): Promise<readonly Row[]> {
  const filter: RunFilter = {
    limit,
    ...(status === undefined ? {} : { status }),
    ...(workflow === undefined ? {} : { workflow }),
  };
  const runs = await store.runs.list(filter);
  return await Promise.all(runs.map(async (run) => ({ run, progress: await readProgress(store.events, run.id) })));
}

function toJson({ run, progress }: Row): object {
  const { id, tenant, workflow, status, thread, session, createdAt, updatedAt, epoch } = run;
  return {
    runId: id,
    workflow,
    status,
    step: progress.step ?? null,
    node: progress.node ?? null,
    thread,
    session,
    tenant,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
    epoch,
    ...("error" in run ? { error: { code: run.error.code ?? null, message: run.error.message } } : {}),
  };
}

function columns(now: number, { paint }: Output): readonly Column<Row>[] {
  return [
    { title: "RUN", text: ({ run }) => run.id, paint: (cell) => paint.out("bold", cell) },
    { title: "WORKFLOW", text: ({ run }) => run.workflow, drop: 1 },
    {
      title: "STATUS",
      text: ({ run }) => run.status,
      paint: (cell, { run }) => paint.out(statusStyle(run.status), cell),
    },
    { title: "STEP", text: ({ progress }) => stepText(progress), drop: 2 },
    { title: "STARTED", text: ({ run }) => printAge(now - run.createdAt), align: "right", drop: 3 },
    {
      title: "TOOK",
      text: ({ run }) => printDuration((run.status === "running" ? now : run.updatedAt) - run.createdAt),
      align: "right",
      drop: 4,
    },
  ];
}

function stepText({ step, node }: RunProgress): string {
  return step === undefined ? "" : `${step} ${node ?? ""}`;
}
