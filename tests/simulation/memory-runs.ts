import { BatonError } from "../../core/errors.ts";
import type { RunId } from "../../core/ids.ts";
import { ownerIsGone } from "../../runs/owner.ts";
import { type Fence, HOLDING_STATUSES, type Run, type RunFacts, type Settlement } from "../../runs/run.ts";
import type { BlobRow, ClaimOutcome, ClaimRequest, NewRun, RunFilter, RunTable } from "../../runs/store.ts";
import { threadKey } from "../../runs/thread-key.ts";
import { unknownRun } from "../../runs/known-run.ts";
import { CANCELLED_WAITING, sameRun, threadHeld } from "../../store/run-refusals.ts";
import type { MemoryData } from "./memory-data.ts";

/** A run as the simulation keeps it. */
export interface KeptRun {
  readonly facts: RunFacts;
  readonly settlement: Settlement | undefined;
  readonly held: { readonly owner: string; readonly leaseUntil: number } | undefined;
  /** Where the thread's head was at the last crash. */
  readonly crashHead: string | undefined;
}

const HOLDING: readonly string[] = HOLDING_STATUSES;

/** The table of runs, in memory. Each call is one indivisible step, as a transaction is. */
export function memoryRuns(data: MemoryData): RunTable {
  const { runs, clock, faults } = data;

  function kept(id: RunId): KeptRun {
    const found = runs.get(id);
    if (found === undefined) throw unknownRun(id);
    return found;
  }

  function save(run: KeptRun, changes: Partial<RunFacts> = {}): Run {
    const saved = { ...run, facts: { ...run.facts, ...changes } };
    runs.set(run.facts.id, saved);
    return runOf(saved);
  }

  function heldBy(fence: Fence): KeptRun {
    data.check(fence);
    return kept(fence.run);
  }

  function holderOf({ id, tenant, thread }: Pick<RunFacts, "id" | "tenant" | "thread">): Run | undefined {
    const all = [...runs.values()];
    const place = runs.has(id) ? all.findIndex(({ facts }) => facts.id === id) : all.length;
    return all
      .map((one, index) => ({ run: runOf(one), index }))
      .filter(
        ({ run }) => run.tenant === tenant && run.thread === thread && run.id !== id && HOLDING.includes(run.status),
      )
      .filter(({ run, index }) => !run.waits || index < place)
      .toSorted((one, other) => Number(one.run.waits) - Number(other.run.waits) || one.index - other.index)[0]?.run;
  }

  function create(wanted: NewRun, files: readonly BlobRow[]): Run {
    const known = runs.get(wanted.id);
    if (known !== undefined) return sameRun(runOf(known), wanted);
    const holder = holderOf(wanted);
    if (holder !== undefined && wanted.mayWait !== true) throw threadHeld(wanted.thread, holder, undefined);
    for (const { id, text } of files) data.blobs.set(id, text);
    const now = clock.now();
    const { mayWait: _, ...facts } = wanted;
    const state = { createdAt: now, updatedAt: now, epoch: 0, crashes: 0, cancelRequested: false };
    const run = { facts: { ...facts, ...state, waits: holder !== undefined }, settlement: undefined };
    return save({ ...run, held: undefined, crashHead: undefined });
  }

  function claim(request: ClaimRequest): ClaimOutcome {
    const before = kept(request.run);
    const run = runOf(before);
    const now = clock.now();
    const isSeen = run.epoch === (request.epoch ?? run.epoch) || faults.has("epoch not compared");
    const isWanted = request.from.includes(run.status) && isSeen;
    const isHeld =
      run.status === "running" && !faults.has("claim without lock") && run.leaseUntil > now && !ownerIsGone(run.owner);
    if (!isWanted || isHeld) return { claimed: false, run };
    const holder = holderOf(run);
    if (holder !== undefined) throw threadHeld(run.thread, holder, undefined);
    const head = data.threads.get(threadKey(run))?.findLast(({ ns }) => ns === "")?.id;
    const isTakeover = run.status === "running";
    // An owner that takes its own run again has not vanished.
    const isCrash = run.status === "running" && run.owner !== request.owner;
    const again = isCrash ? (before.crashHead === head ? run.crashes + 1 : 1) : run.crashes;
    const keepsDeadline = (isTakeover || run.status === "queued") && run.deadlineAt !== undefined;
    const { deadlineAt: _, ...facts } = before.facts;
    const deadline = keepsDeadline
      ? run.deadlineAt
      : request.timeoutMs === undefined
        ? undefined
        : now + request.timeoutMs;
    const taken = save(
      {
        facts: { ...facts, ...(deadline === undefined ? {} : { deadlineAt: deadline }) },
        settlement: before.settlement,
        held: { owner: request.owner, leaseUntil: now + request.leaseMs },
        crashHead: isCrash ? head : before.crashHead,
      },
      { epoch: run.epoch + 1, updatedAt: now, waits: false, crashes: run.status === "dead" ? 0 : again },
    );
    const fence = { run: run.id, epoch: taken.epoch, owner: request.owner };
    return { claimed: true, run: taken, fence, takeover: isTakeover, head };
  }

  return {
    create: async (run, files) => create(run, files),
    async get(id) {
      const run = runs.get(id);
      return run === undefined ? undefined : runOf(run);
    },
    async restedAt(statuses, nth) {
      const wanted: readonly string[] = statuses;
      const times = [...runs.values()].map(runOf).filter(({ status }) => wanted.includes(status));
      return times.map(({ updatedAt }) => updatedAt).toSorted((one, other) => other - one)[nth - 1];
    },
    list: async (filter) => listed([...runs.values()].map(runOf), filter),
    claim: async (request) => claim(request),
    async requestCancel(id) {
      const run = runOf(kept(id));
      if (run.status === "completed" || run.status === "cancelled") return run;
      if (!run.waits) return save(kept(id), { cancelRequested: true });
      const changes = { cancelRequested: true, waits: false, updatedAt: clock.now() };
      return save({ ...kept(id), settlement: CANCELLED_WAITING }, changes);
    },
    async renew(fence, leaseMs) {
      if (!data.isHeld(fence)) return { held: false };
      const run = kept(fence.run);
      save({ ...run, held: { owner: fence.owner, leaseUntil: clock.now() + leaseMs } });
      return { held: true, cancelRequested: run.facts.cancelRequested };
    },
    async repin(fence, pins, files) {
      const run = heldBy(fence);
      for (const { id, text } of files) data.blobs.set(id, text);
      return save(run, { pins, updatedAt: clock.now() });
    },
    async settle(fence, settlement) {
      const known = runs.get(fence.run);
      const isSame = JSON.stringify(known?.settlement) === JSON.stringify(settlement);
      if (known !== undefined && known.held === undefined && known.facts.epoch === fence.epoch && isSame)
        return runOf(known);
      const run = heldBy(fence);
      return save({ ...run, settlement, held: undefined }, { updatedAt: clock.now() });
    },
  };
}

/** A run as callers see it. */
export function runOf({ facts, settlement, held }: KeptRun): Run {
  if (held !== undefined) return { ...facts, status: "running", ...held };
  return { ...facts, ...(settlement ?? { status: "queued" }) };
}

function listed(all: readonly Run[], { tenant, status, workflow, thread, limit = 100 }: RunFilter): readonly Run[] {
  const wanted = all.filter(
    (run) =>
      (tenant ?? run.tenant) === run.tenant &&
      (status ?? run.status) === run.status &&
      (workflow ?? run.workflow) === run.workflow &&
      (thread ?? run.thread) === run.thread,
  );
  return wanted.toReversed().slice(0, limit);
}

/** The error of a store that was closed. */
export function closedStore(): BatonError {
  return new BatonError("bad-usage", "The store in memory is closed.", { hint: "Finish all work before `close()`." });
}
