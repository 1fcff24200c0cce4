import { onTestFinished } from "vitest";

import { DEFAULT_TENANT, parseSessionId, parseThreadId, type RunId } from "../core/ids.ts";
import { newRunId } from "../core/new-run-id.ts";
import type { Fence, Run, Settlement } from "../runs/run.ts";
import type { ClaimRequest, NewRun, Store } from "../runs/store.ts";

/** An empty place for a store, of which a suite opens one or more stores: what one writes, the others see. */
export interface StorePlace {
  open(): Promise<Store>;
  remove(): Promise<void>;
}

/** Makes an empty place; called once per test. */
export type MakeStorePlace = () => Promise<StorePlace>;

/** Opens stores on one new place; all are closed and the place is removed after the test. */
export async function openStores(make: MakeStorePlace, count = 1): Promise<readonly [Store, ...Store[]]> {
  const place = await make();
  onTestFinished(async () => await place.remove());
  const first = await openOne(place);
  const others: Store[] = [];
  for (let index = 1; index < count; index += 1) others.push(await openOne(place));
  return [first, ...others];
}

async function openOne(place: StorePlace): Promise<Store> {
  const store = await place.open();
  onTestFinished(async () => await store.close());
  return store;
}

/** A run with everything a store asks for; its thread and session are its own. */
export function newRun(parts: Partial<NewRun> = {}): NewRun {
  const id = parts.id ?? newRunId();
  return {
    id,
    tenant: DEFAULT_TENANT,
    workflow: "brief",
    thread: parseThreadId(id),
    session: parseSessionId(id),
    input: { topic: "owls" },
    pins: { prompts: [], model: { ref: "offline", settings: {} }, fingerprint: "f00d" },
    ...parts,
  };
}

/** An owner of another machine: of it only the lease is known. */
export const ELSEWHERE = "elsewhere/1/1/a";

/** How to take a run for a minute from every status in which it may be taken. */
export function claimOf(run: RunId, parts: Partial<ClaimRequest> = {}): ClaimRequest {
  return {
    run,
    owner: ELSEWHERE,
    leaseMs: 60_000,
    from: ["queued", "running", "interrupted", "parked", "failed"],
    ...parts,
  };
}

/** Creates and takes a run. */
export async function claimedRun(
  store: Store,
  parts: Partial<NewRun> = {},
): Promise<{ readonly run: Run; readonly fence: Fence }> {
  const created = await store.runs.create(newRun(parts), []);
  return await claimed(store, created.id);
}

/** Takes a run, or fails the test. */
export async function claimed(
  store: Store,
  run: RunId,
  parts: Partial<ClaimRequest> = {},
): Promise<{ readonly run: Run; readonly fence: Fence }> {
  const outcome = await store.runs.claim(claimOf(run, parts));
  if (!outcome.claimed) throw new Error(`The run could not be taken: it is ${outcome.run.status}.`);
  return outcome;
}

/** A run whose lease was lost: the fence of the owner before, and of the one who took it over. */
export async function takenOver(store: Store): Promise<{ readonly stale: Fence; readonly current: Fence }> {
  const created = await store.runs.create(newRun(), []);
  const { fence: stale } = await claimed(store, created.id, { leaseMs: 0 });
  const { fence: current } = await claimed(store, created.id, { owner: "elsewhere/2/1/b" });
  return { stale, current };
}

/** A settled run of each status, with what the status asks for. */
export const SETTLEMENTS = {
  queued: { status: "queued" },
  interrupted: { status: "interrupted", interrupts: [{ id: "i1", value: "Send it?" }], state: { draft: "d" } },
  parked: { status: "parked", reason: "budget", nextAt: 1_000, state: {} },
  failed: {
    status: "failed",
    error: { name: "Error", message: "429" },
    step: 14,
    node: "author",
    state: { draft: "d" },
  },
  completed: { status: "completed", state: { draft: "ä\u0000🦉", count: 3 } },
  cancelled: { status: "cancelled", reason: "by hand", state: {} },
  dead: {
    status: "dead",
    error: { name: "Error", message: "crashed" },
    epochs: [1, 2],
    step: 14,
    node: "author",
    state: {},
    checkpoint: "c1",
  },
} as const satisfies { readonly [S in Settlement["status"]]: Extract<Settlement, { readonly status: S }> };
