import type { ChannelVersions, Checkpoint, CheckpointMetadata, PendingWrite } from "@langchain/langgraph-checkpoint";

import type { StoredProvenance } from "../../core/provenance.ts";
import type { Fence } from "../../runs/run.ts";
import type { ProvenanceSource } from "../../runs/store.ts";
import { checkpointOrder, type TaskWrites } from "../checkpoints/order.ts";
import type { Lineage } from "../checkpoints/place.ts";
import type { StateCodec } from "../codec/codec.ts";
import { checkpointAgain } from "./checkpoint-again.ts";
import { parseBody } from "./checkpoint-body.ts";
import { newMark, type Commit } from "./commit.ts";
import type { CommitQueue, QueuedCommit } from "./commit-queue.ts";
import type { Database } from "./database.ts";
import { isUniqueViolation } from "./database-errors.ts";
import { pinnedTexts } from "./folded-origin.ts";
import { withWrites } from "./folded-writes.ts";
import type { KnownCheckpoint, KnownCheckpoints } from "./known-checkpoints.ts";
import { lineageId } from "./lineage.ts";
import { planPut } from "./put-plan.ts";
import { checkpointPlace } from "./sql/checkpoint-place.ts";
import { sharing, writeEntries, writesRow, type NewEntry, type TaskOrigin } from "./task-writes.ts";

export interface CheckpointPut extends Lineage {
  readonly fence: Fence | undefined;
  readonly parent: string | undefined;
  readonly checkpoint: Checkpoint;
  readonly metadata: CheckpointMetadata;
  readonly newVersions: ChannelVersions;
}

export interface WritesPut extends Lineage {
  readonly fence: Fence | undefined;
  readonly id: string;
  readonly task: string;
  readonly path: string;
  /** What the writes were made from. */
  readonly origin: StoredProvenance | null;
  readonly writes: readonly PendingWrite[];
}

export interface CheckpointWriter {
  put(request: CheckpointPut): Promise<void>;
  putWrites(request: WritesPut): Promise<void>;
  /** Resolves when no writes of the thread are on their way to the queue. */
  settled(thread: string): Promise<void>;
  forget(): void;
}

export interface WriterParts {
  readonly database: Database;
  readonly queue: CommitQueue;
  readonly serde: () => StateCodec;
  readonly known: KnownCheckpoints;
  /** Who knows what tasks were made from. */
  readonly source?: ProvenanceSource | undefined;
}

interface QueuedWrites extends QueuedCommit {
  readonly origin: TaskOrigin;
  readonly entries: readonly NewEntry[];
}

/** Stores checkpoints and writes, each lineage in its own order; writes that were not sent yet go along with the checkpoint made of them. */
export function checkpointWriter({ database, queue, serde, known, source }: WriterParts): CheckpointWriter {
  const pinned = source?.pins === undefined ? undefined : pinnedTexts(source.pins);
  const order = checkpointOrder<QueuedWrites>();
  /** The put of a lineage under way: the next one is made of it. */
  const puts = new Map<string, Promise<void>>();
  const registered = new Set<string>();

  function laneOf(fence: Fence | undefined, thread: string): string {
    return fence === undefined ? `thread ${thread}` : fence.run;
  }

  function registration(lineage: string, { thread, ns }: Lineage): Pick<Commit, "lineage"> {
    return registered.has(lineage) ? {} : { lineage: { lineage, thread, ns } };
  }

  async function knownParent(lineage: string, parent: string | undefined): Promise<KnownCheckpoint | undefined> {
    if (parent === undefined) return undefined;
    const remembered = known.get(lineage, parent);
    if (remembered !== undefined) return remembered;
    const [row] = await database.query(checkpointPlace, [lineage, parent]);
    if (row === undefined) return undefined;
    const { versions, places } = parseBody(row.body, row.seq);
    return { id: parent, isTip: false, versions, places, lists: new Map() };
  }

  async function store(request: CheckpointPut, ahead: readonly TaskWrites<QueuedWrites>[]): Promise<void> {
    const { fence, thread, ns } = request;
    const lineage = lineageId(request);
    const taken: QueuedWrites[] = [];
    const settle: NonNullable<ReturnType<QueuedCommit["withdraw"]>>[] = [];

    async function attempt(parent: KnownCheckpoint | undefined): Promise<void> {
      await Promise.all(ahead.map(async (writes) => await writes.queued()));
      const written = ahead.flatMap(({ ticket }) =>
        ticket !== undefined && ticket.origin.checkpoint === request.parent ? ticket.entries : [],
      );
      const plan = await planPut({ ...request, lineage, known: parent, written }, serde());
      for (const { ticket } of ahead) {
        const job = ticket?.withdraw();
        if (ticket === undefined || job === undefined) continue;
        taken.push(ticket);
        settle.push(job);
      }
      const separate = (writes: readonly QueuedWrites[]) =>
        writes.map(({ origin, entries }) =>
          writesRow(origin, origin.checkpoint === request.parent ? sharing(entries, plan) : entries),
        );
      const base = { fence, thread, mark: newMark() };
      // Where nobody else writes, the row that comes next after a tip is the one made of it: what its tasks wrote is looked for there.
      const isNext = fence !== undefined && parent?.isTip === true;
      const folded = taken.filter(({ origin }) => isNext && origin.checkpoint === request.parent);
      const commit: Commit = {
        ...base,
        ...registration(lineage, { thread, ns }),
        checkpoint: withWrites(plan, folded, {
          thread,
          checkpoint: request.checkpoint,
          step: request.metadata.step,
          pinned,
        }),
        segments: plan.segments,
        writes: separate(taken.filter((writes) => !folded.includes(writes))),
        ready() {
          for (const writes of ahead) writes.rethrow();
        },
      };
      const { seq } = await queue.submit(laneOf(fence, thread), commit).done;
      registered.add(lineage);
      if (seq === undefined) {
        if (folded.length > 0)
          await queue.submit(laneOf(fence, thread), { ...base, mark: newMark(), writes: separate(folded) }).done;
        await checkpointAgain({ database, serde: serde() }, { ...request, lineage, known: parent });
        known.clear();
      } else known.set(lineage, plan.known(seq));
      for (const job of settle) job.succeed({ seq: undefined });
    }

    try {
      const parent = await knownParent(lineage, request.parent);
      try {
        await attempt(parent);
      } catch (error) {
        // Another branch appended to the same list, so that what follows here becomes a list of its own; or another writer stored the same.
        if (!isUniqueViolation(error)) throw error;
        await attempt(parent === undefined ? undefined : { ...parent, isTip: false });
      }
    } catch (error) {
      for (const job of settle) job.fail(error);
      throw error;
    }
  }

  return {
    async put(request) {
      const lineage = lineageId(request);
      const ahead = order.ahead(request.thread, request.ns);
      const before = puts.get(lineage) ?? Promise.resolve();
      // A put that failed does not hold up the next one: LangGraph decides whether there is one.
      const own = before.catch(() => undefined).then(async () => await store(request, ahead));
      puts.set(lineage, own);
      try {
        await own;
      } finally {
        if (puts.get(lineage) === own) puts.delete(lineage);
      }
    },
    async putWrites({ fence, thread, ns, id, task, path, writes, ...from }) {
      const origin = { lineage: lineageId({ thread, ns }), checkpoint: id, task, path, origin: from.origin };
      await order.follow({ thread, ns, checkpoint: id, task }, async () => {
        const entries = await writeEntries(serde(), writes, origin);
        const commit: Commit = {
          fence,
          thread,
          mark: newMark(),
          // Mostly the checkpoint takes the writes along, and this is never asked for.
          get writes() {
            return [writesRow(origin, entries)];
          },
        };
        return Object.assign(queue.submit(laneOf(fence, thread), commit), { origin, entries });
      });
    },
    async settled(thread) {
      await Promise.all(order.ahead(thread).map(async (writes) => await writes.queued()));
    },
    forget() {
      registered.clear();
      known.clear();
    },
  };
}
