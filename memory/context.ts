import { scopeKey } from "../core/scope-key.ts";
import type { MemoryItem } from "./item.ts";
import { checkItems } from "./item-check.ts";
import type { MemoryLayer } from "./layer.ts";
import { LexicalIndex, type Ranked } from "./lexical.ts";
import { estimateTokens } from "./token-estimate.ts";

export interface ContextLayerOptions {
  /** About how many tokens one recall may return. @default 2000; raise it for models that are given long prompts */
  readonly budgetTokens?: number;
}

/** The layer over what an agent holds at the moment. It lives as long as this object and costs no call. */
export function contextLayer(options: ContextLayerOptions = {}): MemoryLayer {
  const scopes = new Map<string, LexicalIndex>();
  const budgetTokens = options.budgetTokens ?? 2_000;

  return {
    name: "context",
    async recall({ scope, text, limit }) {
      const ranked = scopes.get(scopeKey(scope.tenant, scope.namespace))?.search(text, limit) ?? [];
      return withinBudget(ranked, budgetTokens).map(({ item, score, why }) => ({
        ...item,
        layer: "context",
        score,
        why,
      }));
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

/** An item that does not fit is left out; a shorter one after it may still fit. */
function withinBudget(ranked: readonly Ranked[], budgetTokens: number): readonly Ranked[] {
  let left = budgetTokens;
  return ranked.filter(({ item }) => {
    const cost = estimateTokens(item.text) + 1;
    if (cost > left) return false;
    left -= cost;
    return true;
  });
}
