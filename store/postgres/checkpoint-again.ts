import type { Fence } from "../../runs/run.ts";
import type { StateCodec } from "../codec/codec.ts";
import { fenced } from "../run-refusals.ts";
import { parseBody } from "./checkpoint-body.ts";
import type { Database } from "./database.ts";
import type { KnownCheckpoint } from "./known-checkpoints.ts";
import { planPut, type PutRequest } from "./put-plan.ts";
import { extendCheckpoint } from "./sql/extend-checkpoint.ts";
import { storedCheckpoint } from "./sql/stored-checkpoint.ts";

/**
 * Stores a checkpoint whose id is stored already: it keeps its place in the order, and the values it holds stay where they are for those that
 * are made of them.
 */
export async function checkpointAgain(
  { database, serde }: { readonly database: Database; readonly serde: StateCodec },
  request: PutRequest & { readonly fence: Fence | undefined },
): Promise<void> {
  const { fence, thread, lineage, checkpoint } = request;
  await database.persist(async () => {
    const [row] = await database.once(storedCheckpoint, [lineage, checkpoint.id]);
    // Removed a moment ago, by whoever removed the thread.
    if (row === undefined) return;
    const { row: next } = await planPut({ ...request, known: both(request.known, row), row }, serde);
    const [done] = await database.once(extendCheckpoint({ fenced: fence !== undefined }), [
      thread,
      fence?.run ?? null,
      fence?.epoch ?? null,
      fence?.owner ?? null,
      lineage,
      next.id,
      next.parent,
      next.metadata,
      next.body,
      next.data,
      row.size,
    ]);
    if (done === undefined && fence !== undefined) throw fenced(fence);
  });
}

/** Values that do not change are those that the row holds, or else those of the checkpoint before. */
function both(
  parent: KnownCheckpoint | undefined,
  row: { readonly seq: number; readonly id: string; readonly body: string },
): KnownCheckpoint {
  const { versions, places } = parseBody(row.body, row.seq);
  return {
    id: row.id,
    isTip: false,
    versions: { ...parent?.versions, ...versions },
    places: new Map([...(parent?.places ?? []), ...places]),
    lists: new Map(),
  };
}
