import type { Checkpoint, CheckpointMetadata, PendingWrite } from "@langchain/langgraph-checkpoint";

import { encodeProvenance, type FieldVersion, type StoredProvenance } from "../../core/provenance.ts";
import type { ProvenanceSource, TaskFacts } from "../../runs/store.ts";
import type { TaskPlace } from "./order.ts";
import type { Lineage } from "./place.ts";
import { isField, pathOf } from "./task-path.ts";

/** What a saver notes beside the writes of tasks: from what they were made. */
export interface ProvenanceNotes {
  /** Says which checkpoint the next tasks of a lineage begin from. */
  seen(lineage: Lineage, checkpoint: Checkpoint, metadata: CheckpointMetadata | undefined): void;
  /** What to store beside a task's writes; null for writes that change no field, and for savers outside of runs. */
  of(place: TaskPlace & { readonly path: string }, writes: readonly PendingWrite[]): StoredProvenance | null;
}

interface Seen {
  readonly id: string;
  readonly step: number;
  readonly versions: Readonly<Record<string, FieldVersion>>;
}

/** Subgraphs have a lineage for each task: those used last are enough. */
const MOST_LINEAGES = 256;
const PACKETS = "__pregel_tasks";

export function provenanceNotes(source: ProvenanceSource | undefined): ProvenanceNotes {
  if (source === undefined) return { seen: () => undefined, of: () => null };
  const known = new Map<string, Seen>();

  return {
    seen({ thread, ns }, { id, channel_versions: versions }, metadata) {
      const key = JSON.stringify([thread, ns]);
      // The order of the map is that of the last use.
      known.delete(key);
      known.set(key, { id, step: metadata?.step ?? -1, versions });
      const [oldest] = known.keys();
      if (known.size > MOST_LINEAGES && oldest !== undefined) known.delete(oldest);
    },
    of({ thread, ns, checkpoint, task, path }, writes) {
      const fields = [...new Set(writes.map(([channel]) => channel).filter((channel) => isField(channel)))];
      const packetsSent = writes.filter(([channel]) => channel === PACKETS).length;
      if (fields.length === 0 && packetsSent === 0) return null;
      const from = pathOf(path);
      const facts = source.factsOf({ task, namespace: ns, node: from.node });
      const at = known.get(JSON.stringify([thread, ns]));
      const begun = at?.id === checkpoint ? at : undefined;
      return encodeProvenance({
        ...facts,
        step: facts.step ?? (begun === undefined ? 0 : begun.step + 1),
        node: facts.node ?? from.node,
        kind: from.node === "__start__" ? "input" : facts.kind,
        writes: fields,
        reads: from.packet === undefined ? versionsOf(facts, begun) : {},
        packet: from.packet,
        packetsSent,
      });
    },
  };
}

function versionsOf({ reads }: TaskFacts, begun: Seen | undefined): Record<string, FieldVersion | null> | undefined {
  if (reads === undefined) return undefined;
  return Object.fromEntries(reads.map((field) => [field, begun?.versions[field] ?? null]));
}
