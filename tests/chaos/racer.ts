// A process that goes on with runs when it is told to, at the same moment as others are.
import { type Baton, BatonError, type JsonValue } from "batonjs";

import { ledgerIn } from "./ledger.ts";
import { openPlace, type Place } from "./work.ts";

export type RacerOrder =
  | { readonly kind: "open"; readonly place: Place; readonly leaseMs: number }
  | { readonly kind: "go"; readonly runs: readonly RacerRun[] };

export interface RacerRun {
  readonly run: string;
  readonly answer?: JsonValue;
}

/** What a racer says: that it is there, that it has begun with its runs, and what became of each: a status, or the code of an error. */
export type RacerReport =
  | { readonly kind: "ready" }
  | { readonly kind: "done"; readonly outcomes: readonly RacerOutcome[] };

export interface RacerOutcome {
  readonly run: string;
  readonly status?: string;
  readonly code?: string;
}

await import("@langchain/langgraph");
let baton: Baton | undefined;
process.on("message", (order: RacerOrder) => void obey(order));
process.on("disconnect", () => process.exit());
report({ kind: "ready" });

async function obey(order: RacerOrder): Promise<void> {
  if (order.kind === "open") {
    baton = await openPlace(order.place, ledgerIn(order.place.folder), { name: "racer", leaseMs: order.leaseMs });
    return report({ kind: "ready" });
  }
  report({ kind: "done", outcomes: await Promise.all(order.runs.map(async (one) => await goOn(one))) });
}

async function goOn({ run, answer }: RacerRun): Promise<RacerOutcome> {
  try {
    const handle = await baton?.resume(run, answer === undefined ? {} : { answer });
    return { run, status: (await handle?.result())?.status ?? "" };
  } catch (error) {
    return { run, code: BatonError.is(error) ? error.code : String(error) };
  }
}

function report(what: RacerReport): void {
  process.send?.(what);
}
