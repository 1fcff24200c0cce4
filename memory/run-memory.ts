import type { Clock } from "../core/clock.ts";
import { BatonError } from "../core/errors.ts";
import type { SessionId, TenantId } from "../core/ids.ts";
import { sessionArchive } from "./archive.ts";
import { fitToBudget } from "./budget.ts";
import { contextLayer } from "./context.ts";
import { type LayerScores, scoreLayers, type Sketches } from "./directory.ts";
import { fence } from "./fence.ts";
import { LAYER_ORDER, type LayerName, type MemoryItem, type MemoryScope, type RecalledItem } from "./item.ts";
import { LONGEST_TEXT } from "./item-check.ts";
import type { LastingLayer, MemoryLayer, RunFence } from "./layer.ts";
import { LexicalIndex } from "./lexical.ts";
import { type LayerAnswer, mergeRecalled } from "./merge.ts";
import { newOnes } from "./merge-written.ts";
import { type DegradedLayer, route, type RouteDecision, type RouteMode } from "./router.ts";
import type { RouteRule } from "./route-rules.ts";
import { trustOf } from "./trust.ts";
import { tenantMemory, type TenantMemory } from "./tenant-memory.ts";

/** The layers that outlive a step. The context layer is made anew for each recall. */
export interface LastingLayers {
  readonly session: LastingLayer;
  readonly vector: LastingLayer;
}

/** Whose memory it is: every scope below is made from these. */
interface MemoryOwner {
  readonly tenant: TenantId;
  readonly session: SessionId;
  /** The vector layer's namespace where a request names none. */
  readonly workflow: string;
  /** The run and its owner: a run that another process took over writes no more. */
  readonly fence?: RunFence;
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
  /** At most so many tokens come back. @default no limit but `limit` */
  readonly budgetTokens?: number;
  /** @default "degrade" */
  readonly onDown?: "degrade" | "fail";
  readonly rules?: readonly RouteRule[];
  /** Recalls items of untrusted origin too. @default false */
  readonly admitUntrusted?: boolean;
}

/** The decision together with what it led to: stored with the run, so that a recall can be explained later. */
type RouteRecord = RouteDecision & {
  readonly recalled: readonly { readonly layer: LayerName; readonly id: string; readonly score: number }[];
  /** How long routing and recalling took, in milliseconds. */
  readonly ms: number;
};

interface RunMemoryAnswer {
  readonly items: readonly RecalledItem[];
  readonly route: RouteRecord;
  /** What fits as well and was left out for `budgetTokens`, best first. */
  readonly left: readonly RecalledItem[];
  /** The items as one fenced block of data; "" when nothing was recalled. */
  readonly text: string;
}

export interface RememberOptions {
  /** Of the vector layer. @default the workflow's id */
  readonly namespace?: string;
  /** Leaves out what the place holds already, in the same words or nearly. @default false */
  readonly merge?: boolean;
}

/** Memory for one run: routes each recall, asks the layers, and joins their answers. */
export interface ScopedMemory {
  /** A layer that fails is recorded, not thrown, unless the request says `onDown: "fail"`: then `memory-unavailable`. */
  recall(request: RunMemoryRequest): Promise<RunMemoryAnswer>;
  /** Decides as `recall` would, and asks no layer. */
  route(request: RunMemoryRequest): Promise<RouteDecision>;
  /** What a session that is down cannot take goes into its long-term archive. */
  remember(layer: "session" | "vector", items: readonly MemoryItem[], where?: string | RememberOptions): Promise<void>;
  readonly longTerm: TenantMemory;
}

export function runMemory(layers: LastingLayers, owner: MemoryOwner, clock?: Pick<Clock, "now">): ScopedMemory {
  const { tenant, session, workflow } = owner;

  function scopeOf(layer: LayerName, namespace: string | undefined): MemoryScope {
    return { tenant, namespace: layer === "vector" ? (namespace ?? workflow) : session };
  }

  /** What left the session by its limits is long-term memory of that session. */
  function scopesOf(layer: LayerName, namespace: string | undefined): readonly MemoryScope[] {
    const own = scopeOf(layer, namespace);
    return layer === "vector" ? [own, { tenant, namespace: sessionArchive(session) }] : [own];
  }

  function sketchesOf(request: RunMemoryRequest, held: readonly MemoryItem[]): Sketches {
    const context = new LexicalIndex();
    context.add(held);
    const lasting = (["session", "vector"] as const).flatMap((name) => {
      const known = scopesOf(name, request.namespace).map((scope) => layers[name].sketch?.(scope));
      const indexes = known.filter((index) => index !== undefined);
      // A layer of which only a part is known might hold the best in the other.
      return indexes.length < known.length ? [] : [[name, indexes] as const];
    });
    return { context: [context], ...Object.fromEntries(lasting) };
  }

  function decide(request: RunMemoryRequest, scores: LayerScores): RouteDecision {
    return route({
      text: request.text,
      mode: request.mode ?? "thorough",
      allowed: request.layers,
      present: LAYER_ORDER,
      best: scores.promise,
      down: (["session", "vector"] as const).filter((name) => layers[name].isDown?.() === true),
      ...(request.rules === undefined ? {} : { rules: request.rules }),
    });
  }

  async function ask(name: LayerName, scope: MemoryScope, request: AskedRequest): Promise<Asked> {
    const { text, limit, signal, keep } = request;
    const layer: MemoryLayer = name === "context" ? await holding(scope, request.holding) : layers[name];
    try {
      const query = { scope, text, limit, keep, asOf: request.now, ...(signal === undefined ? {} : { signal }) };
      const items = await layer.recall(query);
      const warning = layer.warning?.(scope);
      return { name, items, ...(warning === undefined ? {} : { degraded: { layer: name, error: warning } }) };
    } catch (error) {
      // A run that was asked to stop must stop; a layer that is down must not stop it, unless the agent cannot do without.
      signal?.throwIfAborted();
      if (request.onDown === "fail") throw error;
      return { name, items: [], degraded: { layer: name, error: reasonOf(error) } };
    }
  }

  return {
    longTerm: tenantMemory(layers.vector, tenant, owner.fence),
    async recall(request) {
      const begun = performance.now();
      const held = request.held.filter((item) => isPassage(item.text.trim(), request.text));
      const scores = scoreLayers(request.text, sketchesOf(request, held));
      const decision = decide(request, scores);
      refuseDown(request, decision);
      const asking: AskedRequest = {
        ...request,
        holding: held,
        now: (clock ?? Date).now(),
        keep: (item) => request.admitUntrusted === true || trustOf(item) !== "untrusted",
      };
      const asked = await Promise.all(
        decision.layers.flatMap((name) =>
          scopesOf(name, request.namespace).map(async (scope, place) => {
            const answer = await ask(name, scope, asking);
            return { ...answer, best: scores.best[name]?.[place] };
          }),
        ),
      );
      const answers = asked.map(({ items, best }): LayerAnswer => ({ items, ...(best === undefined ? {} : { best }) }));
      const merged = mergeRecalled(answers, request.limit);
      const items = await fitToBudget(merged, request.budgetTokens);
      const degraded = asked.flatMap((answer) => answer.degraded ?? []).filter(isFirstOfLayer);
      const recalled = items.map(({ layer, id, score }) => ({ layer, id, score }));
      const ms = Math.round((performance.now() - begun) * 100) / 100;
      return {
        items,
        left: merged.filter((item) => !items.includes(item)),
        route: { ...decision, degraded: [...decision.degraded, ...degraded], recalled, ms },
        text: fence(items),
      };
    },
    async route(request) {
      const held = request.held.filter((item) => isPassage(item.text.trim(), request.text));
      return decide(request, scoreLayers(request.text, sketchesOf(request, held)));
    },
    async remember(layer, items, where) {
      const { namespace, merge = false } = typeof where === "string" ? { namespace: where } : (where ?? {});
      const scope = scopeOf(layer, namespace);
      const added = merge ? await newOnes(layers[layer], scope, items) : items;
      try {
        await layers[layer].remember(scope, added, owner.fence);
      } catch (error) {
        if (layer !== "session" || !BatonError.is(error) || error.code !== "memory-unavailable") throw error;
        await layers.vector.remember({ tenant, namespace: sessionArchive(session) }, added, owner.fence);
      }
    },
  };
}

interface AskedRequest extends RunMemoryRequest {
  readonly holding: readonly MemoryItem[];
  readonly now: number;
  readonly keep: (item: MemoryItem) => boolean;
}

interface Asked {
  readonly name: LayerName;
  readonly items: readonly RecalledItem[];
  readonly degraded?: DegradedLayer;
}

function refuseDown({ onDown }: RunMemoryRequest, { degraded }: RouteDecision): void {
  const [down] = degraded;
  if (onDown !== "fail" || down === undefined) return;
  throw new BatonError("memory-unavailable", `The ${down.layer} memory is needed, but ${down.error}.`, {
    hint: 'Resume the run when the layer answers again, or let it go on without: `onDown: "degrade"` in the agent\'s memory.',
  });
}

function isFirstOfLayer({ layer }: DegradedLayer, at: number, all: readonly DegradedLayer[]): boolean {
  return all.findIndex((other) => other.layer === layer) === at;
}

async function holding(scope: MemoryScope, held: readonly MemoryItem[]): Promise<MemoryLayer> {
  const layer = contextLayer();
  await layer.remember(scope, held);
  return layer;
}

/** What the query itself says is no answer to it, and a whole document is no passage. */
function isPassage(held: string, query: string): boolean {
  return held !== "" && held.length <= LONGEST_TEXT && !query.includes(held);
}

function reasonOf(error: unknown): string {
  if (BatonError.is(error)) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
