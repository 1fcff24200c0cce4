import { DEFAULT_TENANT, type TenantId, type ThreadId } from "../core/ids.ts";

/**
 * The id under which LangGraph stores a thread. The default tenant uses the raw thread id, so that threads written by a stock saver
 * resume; other tenants are set apart by `~`, which no id can contain.
 */
export function threadKey({ tenant, thread }: { readonly tenant: TenantId; readonly thread: ThreadId }): string {
  return tenant === DEFAULT_TENANT ? thread : `~${tenant}~${thread}`;
}
