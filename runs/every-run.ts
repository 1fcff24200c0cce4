import type { Run } from "./run.ts";
import type { RunFilter, Store } from "./store.ts";

const PAGE = 200;

/** Every run that a filter takes, newest first, read page by page. */
export async function* everyRun({ runs }: Pick<Store, "runs">, filter: Omit<RunFilter, "limit">): AsyncIterable<Run> {
  let { before } = filter;
  while (true) {
    const page = await runs.list({ ...filter, limit: PAGE, ...(before === undefined ? {} : { before }) });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    before = last.id;
  }
}
