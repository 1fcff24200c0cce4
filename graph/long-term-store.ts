import {
  BaseStore,
  type GetOperation,
  type Item,
  type ListNamespacesOperation,
  type MatchCondition,
  type Operation,
  type OperationResults,
  type PutOperation,
  type SearchItem,
  type SearchOperation,
} from "@langchain/langgraph-checkpoint";

import { digest } from "../core/json.ts";
import { scopeKey } from "../core/scope-key.ts";
import type { MemoryItem } from "../memory/item.ts";
import type { TenantMemory } from "../memory/tenant-memory.ts";
import { fits } from "./stored-filter.ts";
import { currentOf, itemOf, newestOf, storedItem, valueOf } from "./stored-value.ts";

/**
 * LangGraph's store over the long-term memory of one tenant: what nodes find as `config.store`. Paths are compared label by label, so no prefix
 * of a label reaches another one. Earlier values stay in the layer until they are purged, and are not found any more.
 */
export class LongTermStore extends BaseStore {
  readonly #memory: TenantMemory;

  constructor(memory: TenantMemory) {
    super();
    this.#memory = memory;
  }

  /** Reads before it writes, like LangGraph's own stores; of two writes to one key the last one counts. */
  override async batch<Op extends Operation[]>(operations: Op): Promise<OperationResults<Op>> {
    const results: unknown[] = [];
    const puts = new Map<string, PutOperation>();
    for (const operation of operations) {
      if ("value" in operation) {
        puts.set(JSON.stringify([operation.namespace, operation.key]), operation);
        results.push(undefined);
      } else if ("key" in operation) results.push(await this.#get(operation));
      else if ("namespacePrefix" in operation) results.push(await this.#search(operation));
      else results.push(await this.#namespaces(operation));
    }
    for (const operation of puts.values()) await this.#put(operation);
    // Each result is of the kind of its operation; only the compiler cannot see that they are as many.
    return results as OperationResults<Op>;
  }

  async #get({ namespace, key }: GetOperation): Promise<Item | null> {
    const found = currentOf(await this.#memory.list(placeOf(namespace))).find(({ meta }) => meta["key"] === key);
    return found === undefined ? null : storedItem(found);
  }

  async #put({ namespace, key, value, index }: PutOperation): Promise<void> {
    const place = placeOf(namespace);
    const before = newestOf(await this.#memory.list(place)).get(key);
    const item = itemOf({ path: namespace, key, value, index, before });
    if (item === undefined) return;
    // First the directory: a path that is listed too early is only empty.
    await this.#memory.remember(DIRECTORY, [directoryItem(namespace)]);
    await this.#memory.remember(place, [item]);
  }

  async #search({ namespacePrefix, filter, query, limit = 10, offset = 0 }: SearchOperation): Promise<SearchItem[]> {
    const paths = (await this.#paths()).filter((path) => matches(path, { matchType: "prefix", path: namespacePrefix }));
    const found: { readonly item: MemoryItem; readonly score?: number }[] = [];
    for (const path of paths) {
      const items = currentOf(await this.#memory.list(placeOf(path)));
      const scores = query === undefined || query === "" ? NO_SCORES : await this.#scores(path, query);
      for (const item of items) {
        const score = scores.get(item.id);
        if (fits(valueOf(item), filter)) found.push({ item, ...(score === undefined ? {} : { score }) });
      }
    }
    // Stable: what no word fits follows in the order in which it was put.
    return found
      .toSorted((one, other) => (other.score ?? 0) - (one.score ?? 0))
      .slice(offset, offset + limit)
      .map(({ item, score }) => ({ ...storedItem(item), ...(score === undefined ? {} : { score }) }));
  }

  async #scores(path: readonly string[], text: string): Promise<ReadonlyMap<string, number>> {
    const recalled = await this.#memory.recall(placeOf(path), { text, limit: MOST_SCORED, asOf: Infinity });
    return new Map(recalled.map(({ id, score }) => [id, score]));
  }

  async #namespaces({ matchConditions = [], maxDepth, limit, offset }: ListNamespacesOperation): Promise<string[][]> {
    const paths = (await this.#paths())
      .filter((path) => matchConditions.every((condition) => matches(path, condition)))
      .map((path) => path.slice(0, maxDepth));
    const distinct = new Map(paths.map((path) => [JSON.stringify(path), [...path]]));
    return [...distinct.keys()]
      .toSorted()
      .flatMap((key) => [distinct.get(key) ?? []])
      .slice(offset, offset + limit);
  }

  async #paths(): Promise<readonly (readonly string[])[]> {
    const items = await this.#memory.list(DIRECTORY);
    return items.map(({ meta: { path } }) => (Array.isArray(path) ? path.map(String) : []));
  }
}

const NO_SCORES: ReadonlyMap<string, number> = new Map();
const MOST_SCORED = 1_000;

/** No workflow id has a colon, so no corpus lies in its way. */
const DIRECTORY = "store:";

function placeOf(path: readonly string[]): string {
  return `store:${scopeKey(...path)}`;
}

function directoryItem(path: readonly string[]): MemoryItem {
  return { id: digest([...path]), text: "", group: "paths", order: 0, time: Date.now(), meta: { path: [...path] } };
}

function matches(path: readonly string[], { matchType, path: wanted }: MatchCondition): boolean {
  if (wanted.length > path.length) return false;
  const start = matchType === "prefix" ? 0 : path.length - wanted.length;
  return wanted.every((label, at) => label === "*" || label === path[start + at]);
}
