import { decodeProvenance } from "../../core/provenance.ts";
import type { ProvenanceTable } from "../../runs/store.ts";
import type { MemoryData } from "./memory-data.ts";

/** What values were made from, in memory. */
export function memoryProvenance(data: MemoryData): ProvenanceTable {
  return {
    ofThread: async (threadKey) =>
      data.origins.flatMap(({ thread, ns: namespace, checkpoint, task, path, origin }, seq) =>
        thread === threadKey ? [{ seq, namespace, checkpoint, task, path, provenance: decodeProvenance(origin) }] : [],
      ),
    written: async ({ threadKey, namespace, channel: wanted }, checkpoints) =>
      (data.threads.get(threadKey) ?? [])
        .filter(({ ns, id }) => ns === namespace && (checkpoints?.includes(id) ?? true))
        .flatMap(({ id: checkpoint, writes }) =>
          writes.flatMap(([task, channel, value]) => (channel === wanted ? [{ checkpoint, task, value }] : [])),
        ),
    async state(threadKey, wanted) {
      const kept = (data.threads.get(threadKey) ?? []).filter(({ ns }) => ns === "");
      const found = kept.findLast(({ id }) => wanted === undefined || id === wanted);
      if (found === undefined) return undefined;
      const { id: checkpoint, metadata } = found;
      return { checkpoint, step: metadata.step, values: new Map(Object.entries(found.checkpoint.channel_values)) };
    },
  };
}
