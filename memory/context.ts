import { scopeKey } from "../core/scope-key.ts";
import type { MemoryItem } from "./item.ts";
import { checkItems } from "./item-check.ts";
import type { MemoryLayer } from "./layer.ts";
import { fitToBudget } from "./budget.ts";
import { LexicalIndex } from "./lexical.ts";

interface ContextLayerOptions {
  /** How many tokens one recall may return. @default 2000; raise it for models that are given long prompts */
  readonly budgetTokens?: number;
}

/** The layer over what an agent holds at the moment. It lives as long as this object and costs no call. */
export function contextLayer(options: ContextLayerOptions = {}): MemoryLayer {
  const scopes = new Map<string, LexicalIndex>();
  const budgetTokens = options.budgetTokens ?? 2_000;

  return {
    name: "context",
    async recall(query) {
      const { tenant, namespace } = query.scope;
      const ranked = scopes.get(scopeKey(tenant, namespace))?.search(query.text, query.limit, query) ?? [];
      const items = ranked.map(({ item, score, why }) => ({ ...item, layer: "context" as const, score, why }));
      return await fitToBudget(items, budgetTokens);
    },
    async remember(scope, items: readonly MemoryItem[]) {
      checkItems(items);
      const key = scopeKey(scope.tenant, scope.namespace);
      const index = scopes.get(key) ?? new LexicalIndex();
      index.add(items);
      scopes.set(key, index);
    },
  };
}
