import { BatonError } from "../core/errors.ts";
import type { SessionId, TenantId } from "../core/ids.ts";
import { contextLayer } from "./context.ts";
import { fence } from "./fence.ts";
import type { LayerName, MemoryItem, MemoryScope, RecalledItem } from "./item.ts";
import { LONGEST_TEXT } from "./item-check.ts";
import type { MemoryLayer } from "./layer.ts";
import { mergeRecalled } from "./merge.ts";
import { type DegradedLayer, route, type RouteDecision, type RouteMode } from "./router.ts";

/** The layers that outlive a step. The context layer is made anew for each recall. */
export interface LastingLayers {
  readonly session: MemoryLayer;
  readonly vector: MemoryLayer;
}

/** Whose memory it is: every scope below is made from these. */
export interface MemoryOwner {
  readonly tenant: TenantId;
  readonly session: SessionId;
  /** The vector layer's namespace where a request names none. */
  readonly workflow: string;
}

export interface RunMemoryRequest {
  readonly layers: readonly LayerName[];
  readonly text: string;
  readonly namespace?: string;
  readonly limit: number;
  /** What the agent already holds: the context layer ranks these. */
  readonly held: readonly MemoryItem[];
  readonly signal?: AbortSignal;
  /** @default "thorough" */
  readonly mode?: RouteMode;
}

/** The decision together with what it led to: stored with the run, so that a recall can be explained later. */
export type RouteRecord = RouteDecision & {
  readonly recalled: readonly { readonly layer: LayerName; readonly id: string; readonly score: number }[];
};

export interface RunMemoryAnswer {
  readonly items: readonly RecalledItem[];
  readonly route: RouteRecord;
  /** The items as one fenced block of data; "" when nothing was recalled. */
  readonly text: string;
}

/** Memory for one run: routes each recall, asks the layers, and joins their answers. A layer that fails is recorded, not thrown. */
export function runMemory(
  layers: LastingLayers,
  owner: MemoryOwner,
): {
  recall(request: RunMemoryRequest): Promise<RunMemoryAnswer>;
  remember(layer: "session" | "vector", items: readonly MemoryItem[], namespace?: string): Promise<void>;
} {
  const { tenant, session, workflow } = owner;

  function scopeOf(layer: LayerName, namespace: string | undefined): MemoryScope {
    return { tenant, namespace: layer === "vector" ? (namespace ?? workflow) : session };
  }

  /** What left the session by its limits is long-term memory of that session. */
  function scopesOf(layer: LayerName, namespace: string | undefined): readonly MemoryScope[] {
    const own = scopeOf(layer, namespace);
    return layer === "vector" ? [own, { tenant, namespace: sessionArchive(session) }] : [own];
  }

  return {
    async recall(request) {
      const decision = route({ mode: request.mode ?? "thorough", allowed: request.layers, present: PRESENT, best: {} });
      const questions = decision.layers.flatMap((name) =>
        scopesOf(name, request.namespace).map((scope) => ({ name, scope })),
      );
      const asked = await Promise.all(
        questions.map(async ({ name, scope }) => {
          const layer = name === "context" ? await holding(scope, request) : layers[name];
          return await ask(layer, scope, request);
        }),
      );
      const items = mergeRecalled(asked, request.limit);
      const degraded = asked.flatMap((answer) => answer.degraded ?? []).filter(isFirstOfLayer);
      const recalled = items.map(({ layer, id, score }) => ({ layer, id, score }));
      return { items, route: { ...decision, degraded, recalled }, text: fence(items) };
    },
    async remember(layer, items, namespace) {
      await layers[layer].remember(scopeOf(layer, namespace), items);
    },
  };
}

/** The namespace of the vector layer that holds what left a session by its limits. No workflow id and no session id has a colon. */
export function sessionArchive(session: string): string {
  return `session:${session}`;
}

function isFirstOfLayer({ layer }: DegradedLayer, at: number, all: readonly DegradedLayer[]): boolean {
  return all.findIndex((other) => other.layer === layer) === at;
}

const PRESENT: readonly LayerName[] = ["context", "session", "vector"];

async function holding(scope: MemoryScope, { held, text }: RunMemoryRequest): Promise<MemoryLayer> {
  const layer = contextLayer();
  await layer.remember(
    scope,
    held.filter((item) => isPassage(item.text.trim(), text)),
  );
  return layer;
}

/** What the query itself says is no answer to it, and a whole document is no passage. */
function isPassage(held: string, query: string): boolean {
  return held !== "" && held.length <= LONGEST_TEXT && !query.includes(held);
}

interface Answer {
  readonly items: readonly RecalledItem[];
  readonly degraded?: DegradedLayer;
}

async function ask(layer: MemoryLayer, scope: MemoryScope, { text, limit, signal }: RunMemoryRequest): Promise<Answer> {
  try {
    return { items: await layer.recall({ scope, text, limit, ...(signal === undefined ? {} : { signal }) }) };
  } catch (error) {
    // A run that was asked to stop must stop; a layer that is down must not stop it.
    signal?.throwIfAborted();
    return { items: [], degraded: { layer: layer.name, error: reasonOf(error) } };
  }
}

function reasonOf(error: unknown): string {
  if (BatonError.is(error)) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
