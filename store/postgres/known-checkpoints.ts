import type { ChannelVersions } from "@langchain/langgraph-checkpoint";

import type { Place } from "./checkpoint-body.ts";
import type { GrowingList } from "./growing-list.ts";

/** What a saver remembers of the checkpoint of a lineage that it read or stored last: the next one is made of it. */
export interface KnownCheckpoint {
  readonly id: string;
  /** True when nothing may have been appended to its lists since. */
  readonly isTip: boolean;
  readonly versions: ChannelVersions;
  readonly places: ReadonlyMap<string, Place>;
  readonly lists: ReadonlyMap<string, GrowingList>;
}

/** The checkpoints of the lineages used last. */
export interface KnownCheckpoints {
  get(lineage: string, id: string): KnownCheckpoint | undefined;
  set(lineage: string, checkpoint: KnownCheckpoint): void;
  clear(): void;
}

/** Lists of that many lineages stay in memory; a run has one, and one per subgraph. */
const MOST_LINEAGES = 256;

export function knownCheckpoints(): KnownCheckpoints {
  /** Of each lineage the newest, and an older one that was read, from which a branch may begin. */
  const known = new Map<string, { readonly tip?: KnownCheckpoint; readonly other?: KnownCheckpoint }>();

  return {
    get(lineage, id) {
      const { tip, other } = known.get(lineage) ?? {};
      if (tip?.id === id) return tip;
      return other?.id === id ? other : undefined;
    },
    set(lineage, checkpoint) {
      const before = known.get(lineage);
      // The order of the map is that of the last use.
      known.delete(lineage);
      if (checkpoint.isTip) known.set(lineage, { tip: checkpoint });
      else if (before?.tip?.id === checkpoint.id) known.set(lineage, before);
      else known.set(lineage, { ...before, other: checkpoint });
      const [oldest] = known.keys();
      if (known.size > MOST_LINEAGES && oldest !== undefined) known.delete(oldest);
    },
    clear: () => known.clear(),
  };
}
