import {
  maxChannelVersion,
  TASKS,
  type Checkpoint,
  type CheckpointMetadata,
  type CheckpointTuple,
} from "@langchain/langgraph-checkpoint";

import { configOf, type Lineage } from "../checkpoints/place.ts";
import type { StateCodec } from "../codec/codec.ts";
import type { Database } from "./database.ts";
import { gatherRows, type GatheredCheckpoint } from "./gathered-checkpoint.ts";
import { growingList } from "./growing-list.ts";
import type { KnownCheckpoints } from "./known-checkpoints.ts";
import { lineageId } from "./lineage.ts";
import { readById, readLatest } from "./sql/read-checkpoint.ts";
import { writesAfter } from "./sql/writes-after.ts";
import { loadValues } from "./stored-values.ts";
import { appliedWrites } from "./task-writes.ts";
import { writesFrom } from "./write-entries.ts";
import { loadWrites } from "./written-values.ts";

export interface CheckpointReader {
  /** One checkpoint, or that stored last; `remember` when the next one may be made of it. */
  read(
    place: Lineage & { readonly id: string | undefined },
    options: { readonly remember: boolean },
  ): Promise<CheckpointTuple | undefined>;
}

export interface ReaderParts {
  readonly database: Database;
  readonly serde: () => StateCodec;
  readonly known: KnownCheckpoints;
}

export function checkpointReader({ database, serde, known }: ReaderParts): CheckpointReader {
  async function tupleFrom(
    gathered: GatheredCheckpoint,
    values: ReadonlyMap<string, unknown>,
  ): Promise<CheckpointTuple> {
    const { id, parent, metadata, body, writes } = gathered;
    const checkpoint: Checkpoint = {
      v: body.v,
      id,
      ts: body.ts,
      channel_values: Object.fromEntries(values),
      channel_versions: body.versions,
      versions_seen: body.seen,
    };
    return {
      config: configOf(gathered, id),
      checkpoint:
        body.v < 4 && parent !== undefined ? await withSends(checkpoint, { ...gathered, parent }) : checkpoint,
      // Stored from this type by `put`.
      metadata: JSON.parse(metadata) as CheckpointMetadata,
      pendingWrites: await loadWrites({ database, serde: serde() }, gathered, writes),
      ...(parent === undefined ? {} : { parentConfig: configOf(gathered, parent) }),
    };
  }

  /** Checkpoints of a format before 4 left the packets for the next step with the checkpoint before. */
  async function withSends(
    checkpoint: Checkpoint,
    { thread, ns, parent }: Lineage & { parent: string },
  ): Promise<Checkpoint> {
    const rows = await database.query(writesAfter, [lineageId({ thread, ns }), [parent]]);
    const sends = appliedWrites(writesFrom(rows)).filter(({ entry }) => entry.channel === TASKS);
    const versions = Object.values(checkpoint.channel_versions);
    return {
      ...checkpoint,
      channel_values: {
        ...checkpoint.channel_values,
        [TASKS]: (await loadWrites({ database, serde: serde() }, { thread, ns }, sends)).map(([, , value]) => value),
      },
      channel_versions: {
        ...checkpoint.channel_versions,
        [TASKS]: versions.length > 0 ? maxChannelVersion(...versions) : 1,
      },
    };
  }

  return {
    async read({ thread, ns, id }, { remember }) {
      const lineage = lineageId({ thread, ns });
      const rows =
        id === undefined ? await database.query(readLatest, [lineage]) : await database.query(readById, [lineage, id]);
      const gathered = gatherRows({ thread, ns }, rows);
      if (gathered === undefined) return undefined;
      const values = await loadValues(serde(), gathered);
      if (remember) {
        const { versions, places } = gathered.body;
        const lists = [...values].flatMap(([channel, value]) =>
          Array.isArray(value) ? [[channel, growingList(value)] as const] : [],
        );
        known.set(lineage, { id: gathered.id, isTip: id === undefined, versions, places, lists: new Map(lists) });
      }
      return await tupleFrom(gathered, values);
    },
  };
}
