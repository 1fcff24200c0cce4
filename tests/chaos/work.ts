import { join } from "node:path";

import { type Baton, BatonError, createBaton, type JsonObject, redis, type Run } from "batonjs";

import { edge } from "./crash-counter.ts";
import type { Ledger } from "./ledger.ts";
import { LOOKING_BACK, rememberedBy, REMEMBERING, remembering } from "./remembering.ts";
import { workloads } from "./workflows.ts";

/** Where the runs of a crash test live. */
export interface Place {
  /** Holds `.baton/` and the ledgers. */
  readonly folder: string;
  /** The PostgreSQL of the runs; without it they are in the folder. */
  readonly databaseUrl?: string;
  /** The Redis of their sessions, and what its keys begin with; without it they are in the folder. */
  readonly redis?: { readonly url: string; readonly prefix: string };
}

/** A run of one of the reference workflows. */
export interface Work {
  readonly run: string;
  readonly workflow: string;
}

export interface Opening {
  readonly name?: string;
  readonly leaseMs?: number;
}

/**
 * Opens the place; `name` marks the connections to the server. Leases are held without a thread, which takes longer to boot than a run, and for long enough on a machine that
 * has other things to do: who takes over sees that their owner is gone.
 */
export async function openPlace(
  { folder, databaseUrl, redis: server }: Place,
  ledger: Ledger,
  how: Opening = {},
): Promise<Baton> {
  const { name = "survivor", leaseMs = 120_000 } = how;
  const env: Record<string, string> = {};
  if (databaseUrl !== undefined) {
    const url = new URL(databaseUrl);
    url.searchParams.set("application_name", name);
    env["DATABASE_URL"] = url.href;
  }
  return await createBaton(
    {
      workflows: [...workloads(ledger), remembering()],
      prompts: join(import.meta.dirname, "prompts"),
      leaseMs,
      // What is measured is not the patience with a slow server.
      ...(server === undefined ? {} : { session: redis({ ...server, commandMs: 20_000 }) }),
    },
    { folder, env, renewOn: "event-loop" },
  );
}

const MOST_ROUNDS = 20;

/** Starts the run or, when it is there already, goes on with it, and answers what it asks, until it is completed. Returns its state, with what it remembered. */
export async function workToEnd(baton: Baton, ledger: Ledger, work: Work): Promise<JsonObject> {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const run = await find(baton, work.run);
    if (run?.status === "completed") {
      ledger.note(work.run, { what: "ended" });
      if (work.workflow !== REMEMBERING) return run.state;
      await edge(work.run, LOOKING_BACK);
      return { ...run.state, remembered: await rememberedBy(baton, work.run) };
    }
    const handle = await (run === undefined
      ? baton.start(work.workflow, {}, { runId: work.run })
      : goOn(baton, ledger, run));
    if (run === undefined) ledger.note(work.run, { what: "accepted" });
    await handle.result();
  }
  throw new Error(`Run ${work.run} does not come to its end.`);
}

async function goOn(baton: Baton, ledger: Ledger, run: Run) {
  switch (run.status) {
    case "queued":
    case "running":
    case "parked":
      return await baton.resume(run.id);
    case "interrupted":
      return await baton.resume(run.id, { answer: answerTo(run, ledger) });
    default:
      throw new Error(`Run ${run.id} is ${run.status}: ${JSON.stringify("error" in run ? run.error : {})}`);
  }
}

/** What a person would say: yes to the question, and to an unknown effect what really became of it. */
function answerTo(run: Run & { readonly status: "interrupted" }, ledger: Ledger) {
  const value = run.interrupts[0]?.value;
  if (typeof value !== "object" || value === null || !("key" in value)) return "yes";
  const happened = ledger.read(run.id).find((entry) => entry.what === "effect" && entry.key === value["key"]);
  return happened?.what === "effect"
    ? { outcome: "done", result: `result of ${happened.name}` }
    : { outcome: "not_done" };
}

export async function find(baton: Baton, id: string): Promise<Run | undefined> {
  try {
    return await baton.run(id);
  } catch (error) {
    if (BatonError.is(error) && error.code === "unknown-run") return undefined;
    throw error;
  }
}
