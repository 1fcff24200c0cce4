import { assertJson, isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { AgentCall } from "./ask.ts";
import { heldItems } from "./held.ts";
import { type MemoryPolicy, routeOptions, type RouteOptions } from "./memory-policy.ts";
import type { Recall } from "./services.ts";
import { budgetBesideSummary, summarizeLeft } from "./summarize.ts";

const DEFAULT_LIMIT = 12;
const NOTHING_RECALLED: Recall = { items: [], route: {}, text: "" };

/**
 * Recalls what the policy asks for, through the journal: a retry or resume gets the same items by the same route, so that its prompt, and with
 * it the finished model call, stays the same whatever was remembered meanwhile.
 */
export async function recallOnce<S>(call: AgentCall, policy: MemoryPolicy<S> | undefined, seen: S): Promise<Recall> {
  if (policy === undefined) return NOTHING_RECALLED;
  const { services, task, variables, signal } = call;
  const text = policy.query?.(seen) ?? stringsOf(Object.values(variables)).join("\n");
  const namespace = policy.namespace?.(seen);
  const limit = policy.limit ?? DEFAULT_LIMIT;
  const { budgetTokens, summarize = false } = policy;
  const isSummed = summarize && budgetTokens !== undefined;
  const options = {
    ...routeOptions(policy),
    ...(isSummed ? { budgetTokens: budgetBesideSummary(budgetTokens) } : {}),
  };
  const { value } = await call.journal.call(
    {
      kind: "recall",
      name: policy.layers.join("+"),
      request: { layers: [...policy.layers], text, limit, namespace: namespace ?? null, ...toJson(options) },
    },
    async () => {
      const recall = await services.memory.recall({
        layers: policy.layers,
        text,
        limit,
        held: heldItems(variables),
        ...options,
        ...(namespace === undefined ? {} : { namespace }),
        ...(signal === undefined ? {} : { signal }),
      });
      return assertJson(recall, "recall");
    },
  );
  // Written by the lines above from a Recall, so it has its shape; the journal keeps plain JSON only.
  const recall = value as unknown as Recall;
  services.emit({ type: "memory_recalled", ...task, route: recall.route, items: recall.items.length });
  return isSummed ? await summarizeLeft(call, recall, budgetTokens) : recall;
}

function toJson(options: RouteOptions): JsonObject {
  const json = assertJson(options, "memory policy");
  return isJsonObject(json) ? json : {};
}

function stringsOf(values: readonly JsonValue[]): readonly string[] {
  return values.filter((value) => typeof value === "string");
}
