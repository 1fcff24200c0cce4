import { LAYER_ORDER, type LayerName } from "./item.ts";
import { firstFitting, type RouteRule } from "./route-rules.ts";

/** How much recall is given up for fewer calls: none, about one point, about three points of a hundred (docs/memory.md). */
export type RouteMode = "thorough" | "balanced" | "cheap";

export const ROUTE_MODES: readonly RouteMode[] = ["thorough", "balanced", "cheap"];

/** All that a decision depends on. */
export interface RouteInputs {
  /** What is searched for. @default "" */
  readonly text?: string;
  /** The first that fits decides, in every mode. @default none */
  readonly rules?: readonly RouteRule[];
  /** Layers of which it is known that they would not answer. @default none */
  readonly down?: readonly LayerName[];
  readonly mode: RouteMode;
  /** The layers that the agent's policy names. */
  readonly allowed: readonly LayerName[];
  /** The layers that this process has. */
  readonly present: readonly LayerName[];
  /**
   * The best score that the query reaches in a layer, by the directory that the process keeps of it. A layer without an entry has no
   * directory and is always asked.
   */
  readonly best: { readonly [layer in LayerName]?: number };
}

type SkippedLayer = { readonly layer: LayerName; readonly why: string };
export type DegradedLayer = { readonly layer: LayerName; readonly error: string };

/** Which layers are asked, which are not, and why. Plain JSON: it is stored with the run. */
export type RouteDecision = {
  readonly policyVersion: string;
  readonly mode: RouteMode;
  /** The layers asked, in the order of `LAYER_ORDER`. */
  readonly layers: readonly LayerName[];
  /** One sentence for each layer asked. */
  readonly reasons: readonly string[];
  readonly scores: { readonly [layer: string]: number };
  readonly skipped: readonly SkippedLayer[];
  /** Layers that were asked and failed. */
  readonly degraded: readonly DegradedLayer[];
};

/** Changes whenever equal inputs may be decided otherwise. */
const POLICY_VERSION = "2";

/** A layer is asked when its best score reaches this share of the best of all. */
const MARGINS: Readonly<Record<Exclude<RouteMode, "thorough">, number>> = { balanced: 0.6, cheap: 0.75 };

/** Decides which layers a query asks: the same inputs always give the same decision. */
export function route(inputs: RouteInputs): RouteDecision {
  const verdicts = LAYER_ORDER.map((layer) => ({ layer, ...verdictOn(layer, inputs) }));
  const asked = verdicts.filter(({ asked: isAsked }) => isAsked);
  return {
    policyVersion: POLICY_VERSION,
    mode: inputs.mode,
    layers: asked.map(({ layer }) => layer),
    reasons: asked.map(({ layer, why }) => `${layer}: ${why}`),
    scores: Object.fromEntries(
      LAYER_ORDER.flatMap((layer) => (inputs.best[layer] === undefined ? [] : [[layer, inputs.best[layer]]])),
    ),
    skipped: verdicts.filter(({ asked: isAsked }) => !isAsked).map(({ layer, why }) => ({ layer, why })),
    degraded: LAYER_ORDER.filter((layer) => inputs.allowed.includes(layer) && isDown(layer, inputs)).map((layer) => ({
      layer,
      error: "it did not answer lately and is not asked for a moment",
    })),
  };
}

interface Verdict {
  readonly asked: boolean;
  readonly why: string;
}

function verdictOn(layer: LayerName, inputs: RouteInputs): Verdict {
  const { mode, allowed, present, best } = inputs;
  if (!allowed.includes(layer)) return { asked: false, why: "the agent's memory does not name it" };
  if (!present.includes(layer)) return { asked: false, why: "this process has no such layer" };
  if (isDown(layer, inputs)) return { asked: false, why: "it is down" };
  const rule = firstFitting(inputs.rules ?? [], inputs.text ?? "");
  if (rule !== undefined) return { asked: rule.layers.includes(layer), why: `the rule /${rule.when}/ decides` };
  if (mode === "thorough") return { asked: true, why: "thorough asks every layer of the agent's memory" };
  if (layer !== "vector" && NOW.test(inputs.text ?? ""))
    return { asked: true, why: "the query is about what was just said" };
  const score = best[layer];
  if (layer === "context") return { asked: true, why: "already in the process, costs no call" };
  if (score === undefined) return { asked: true, why: "nothing is known of what it holds" };
  const needed = MARGINS[mode] * Math.max(...Object.values(best));
  if (score > 0 && score >= needed)
    return { asked: true, why: `its best score ${round(score)} reaches ${round(needed)}` };
  return { asked: false, why: `its best score ${round(score)} stays below ${round(needed)}` };
}

/** What was said today is in what the run holds or in its session, whatever the words are. */
const NOW = /\b(?:today|just now|right now|a moment ago|so far|earlier in this)\b/iu;

function isDown(layer: LayerName, { down }: RouteInputs): boolean {
  return down?.includes(layer) === true;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
