import { parseRunId, parseTenantId, parseThreadId } from "../core/ids.ts";
import type { RunFilter } from "./store.ts";

/** Which runs are asked for; ids as they are typed. */
export interface RunQuery extends Omit<RunFilter, "tenant" | "thread" | "before"> {
  readonly tenant?: string;
  readonly thread?: string;
  /** Only runs that were accepted before this one: the next page. */
  readonly before?: string;
}

/** Reads the ids of a query. Throws `bad-usage` for one that cannot be an id. */
export function filterOf({ tenant, thread, before, ...rest }: RunQuery): RunFilter {
  return {
    ...rest,
    ...(tenant === undefined ? {} : { tenant: parseTenantId(tenant) }),
    ...(thread === undefined ? {} : { thread: parseThreadId(thread) }),
    ...(before === undefined ? {} : { before: parseRunId(before) }),
  };
}
