import type { TenantId } from "../core/ids.ts";
import type { MemoryItem, RecalledItem } from "./item.ts";
import type { LastingLayer, RecallQuery, RunFence } from "./layer.ts";

/** The long-term layer as one tenant has it: a namespace of another tenant cannot even be named. */
export interface TenantMemory {
  list(namespace: string): Promise<readonly MemoryItem[]>;
  recall(namespace: string, query: Omit<RecallQuery, "scope">): Promise<readonly RecalledItem[]>;
  remember(namespace: string, items: readonly MemoryItem[]): Promise<void>;
}

/** Whoever lost the run of `fence` to another process writes no more. */
export function tenantMemory(layer: LastingLayer, tenant: TenantId, fence?: RunFence): TenantMemory {
  return {
    list: (namespace) => layer.list({ tenant, namespace }),
    recall: (namespace, query) => layer.recall({ ...query, scope: { tenant, namespace } }),
    remember: (namespace, items) =>
      layer.remember(
        { tenant, namespace },
        items.map((item) => ({ ...item, origin: item.origin ?? originOf(fence) })),
        fence,
      ),
  };
}

function originOf(fence: RunFence | undefined): NonNullable<MemoryItem["origin"]> {
  return { ...(fence === undefined ? {} : { run: fence.run }), kind: "node", by: "store", trust: "unreviewed" };
}
