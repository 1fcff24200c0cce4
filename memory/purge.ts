import type { TenantId } from "../core/ids.ts";
import type { MemoryItem } from "./item.ts";

/** What is to be forgotten: all of a tenant, or only what also fits the rest. */
export interface PurgeFilter {
  readonly tenant: TenantId;
  /** A session with its working memory and what left it by its limits. */
  readonly session?: string;
  /** Whoever wrote it: `origin.by`, such as the node's name. */
  readonly writer?: string;
  readonly run?: string;
}

/** Whether the item was written by the writer and run of the filter, or made from something they wrote. */
export function isUnwanted({ origin }: MemoryItem, { writer, run }: PurgeFilter): boolean {
  if (origin === undefined) return writer === undefined && run === undefined;
  const runs = [origin.run, ...(origin.from?.runs ?? [])];
  const writers = [origin.by, ...(origin.from?.writers ?? [])];
  return (run === undefined || runs.includes(run)) && (writer === undefined || writers.includes(writer));
}
