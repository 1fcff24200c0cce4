import type { BatonError } from "../core/errors.ts";
import type { Signed } from "../core/events.ts";

/** Why a run is to stop before its graph has come to rest. */
export type Stop =
  /** It belongs to someone else now: nothing more may be written. */
  | { readonly kind: "lost"; readonly error: BatonError }
  /** Its lease ran out while the store could not be written: no node may start, and nobody may have taken it yet. */
  | { readonly kind: "cut-off"; readonly error: BatonError }
  | ({ readonly kind: "cancelled" } & Signed)
  /** A node, or the run as a whole, took longer than it may. */
  | { readonly kind: "overdue"; readonly error: BatonError }
  /** Its budget allows no more. */
  | { readonly kind: "budget"; readonly reason: string }
  /** The process was asked to stop. */
  | { readonly kind: "asked" };

/** Stops a run once; the first reason stays. */
export interface StopSwitch {
  /** What the nodes see. */
  readonly signal: AbortSignal;
  readonly pulled: Stop | undefined;
  pull(stop: Stop): void;
}

/** A switch that an outside signal pulls as well. */
export function stopSwitch(asked: AbortSignal | undefined): StopSwitch & Disposable {
  const controller = new AbortController();
  let pulled: Stop | undefined;

  function pull(stop: Stop): void {
    if (pulled !== undefined) return;
    pulled = stop;
    controller.abort("error" in stop ? stop.error : new DOMException(TEXT[stop.kind], "AbortError"));
  }

  const onAsked = (): void => pull({ kind: "asked" });
  if (asked?.aborted === true) onAsked();
  asked?.addEventListener("abort", onAsked, { once: true });
  return {
    signal: controller.signal,
    get pulled() {
      return pulled;
    },
    pull,
    [Symbol.dispose]: () => asked?.removeEventListener("abort", onAsked),
  };
}

const TEXT = {
  budget: "The budget of the run is used up.",
  cancelled: "The run was cancelled.",
  asked: "The run was asked to stop.",
} as const;
