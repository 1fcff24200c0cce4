import { BatonError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import type { HeldThread } from "../graph/workflow.ts";
import { HOLDING_STATUSES, type Run, type RunPins } from "./run.ts";
import type { BlobRow, NewRun, Store } from "./store.ts";

export interface Acceptance {
  readonly store: Store;
  /** What a new input does on a thread that another run holds. */
  readonly strategy: HeldThread;
  /** Cancels the run that holds the thread. */
  cancel(run: Run, reason: string): Promise<unknown>;
}

/** How often the holder of a thread may change while a new run tries to take its place. */
const MOST_ROUNDS = 5;

/**
 * Commits a new run, whoever holds its thread. Throws `thread-held` when the workflow rejects a second run there, and `rollback-refused` when the
 * turn that would be taken back has done something that cannot be.
 */
export async function accept(
  { store, strategy, cancel }: Acceptance,
  wanted: NewRun,
  files: readonly BlobRow[],
): Promise<Run> {
  if (strategy === "reject") return await store.runs.create(wanted, files);
  if (strategy === "enqueue") return await store.runs.create({ ...wanted, mayWait: true }, files);
  let pins: RunPins = wanted.pins;
  for (let round = 1; ; round += 1) {
    try {
      return await store.runs.create({ ...wanted, pins }, files);
    } catch (error) {
      const holder = BatonError.is(error) && error.code === "thread-held" ? await holderOf(store, wanted) : undefined;
      if (holder === undefined || round >= MOST_ROUNDS) throw error;
      if (strategy === "rollback") await refuseEffects(store, holder);
      await cancel(holder, `${strategy === "rollback" ? "taken back" : "replaced"} by run ${wanted.id}`);
      if (strategy === "rollback") {
        // It may have acted before it was told to stop.
        await refuseEffects(store, holder);
        pins = { ...pins, ...(await rollbackOf(store, holder)) };
      }
    }
  }
}

async function holderOf({ runs }: Store, { tenant, thread }: NewRun): Promise<Run | undefined> {
  const holding: readonly string[] = HOLDING_STATUSES;
  const found = await runs.list({ tenant, thread });
  return (
    found.toReversed().find((run) => holding.includes(run.status) && !run.waits) ?? found.find(({ waits }) => waits)
  );
}

async function refuseEffects({ effects }: Store, holder: Run): Promise<void> {
  const rows = await effects.list(holder.id);
  const undone = new Set(rows.flatMap(({ key, status }) => (status === "undone" ? [key] : [])));
  const done = rows.find(
    ({ kind, key, status }) => kind === "once" && (status === "done" || (status === "intent" && !undone.has(key))),
  );
  if (done === undefined) return;
  throw new BatonError(
    "rollback-refused",
    `Run \`${holder.id}\` has made the call \`${done.name}\`, which cannot be taken back (${shown(done.value)}).`,
    {
      hint: `Let it finish (baton resume ${holder.id}), or cancel it (baton cancel ${holder.id}) and start a new turn on top of it.`,
    },
  );
}

function shown(value: JsonValue): string {
  return JSON.stringify(value).slice(0, 80);
}

/** The checkpoint at which the thread stood before a run; nothing to take back when it never began. */
async function rollbackOf({ events }: Store, holder: Run): Promise<Pick<RunPins, "rollback">> {
  const started = (await events.read(holder.id, 0)).find((event) => event.type === "run_started");
  if (started?.type !== "run_started") {
    return holder.pins.rollback === undefined ? {} : { rollback: holder.pins.rollback };
  }
  const earlier = holder.pins.rollback;
  return { rollback: { run: holder.id, checkpoint: earlier === undefined ? started.head : earlier.checkpoint } };
}
