// A process that works one run and is killed at one point of it. As a child it waits for an order; by hand:
// BATON_CRASH_AT=37:after node tests/chaos/victim.ts linear <folder> [<DATABASE_URL>]
import { type CrashPoint, ended, isStopped, type Snapshots, watch } from "./crash-counter.ts";
import type { Baton, JsonObject } from "batonjs";

import { ledgerIn } from "./ledger.ts";
import { openPlace, type Place, type Work, workToEnd } from "./work.ts";

/** What a victim is told. A run without a point goes to its end, and what it passed is reported. */
export interface VictimOrder {
  readonly place: Place;
  readonly runs: readonly { readonly work: Work; readonly point?: CrashPoint; readonly snapshots?: Snapshots }[];
}

/** What a victim that was not killed reports, run by run. */
export interface VictimReport {
  readonly points: readonly string[];
  readonly state: JsonObject;
}

// LangGraph is what takes long to load: it is here before the order comes.
await import("@langchain/langgraph");

if (process.send === undefined) await obey(orderOfCommandLine());
else {
  process.once("message", (order: VictimOrder) => void obey(order).then(() => process.disconnect()));
  process.send("ready");
}

async function obey({ place, runs }: VictimOrder): Promise<void> {
  const ledger = ledgerIn(place.folder);
  // On a server, the schema is there and each run has connections of its own; a file is opened under the eyes of the counter.
  const isShared = place.databaseUrl !== undefined;
  if (!isShared) for (const { work, point, snapshots } of runs) watch(work.run, point, snapshots);
  const batons: Baton[] = [];
  for (const { work } of runs) batons.push(await openPlace(place, ledger, { name: work.run }));
  if (isShared) for (const { work, point } of runs) watch(work.run, point);
  const reports = await Promise.all(
    runs.map(async ({ work }, index): Promise<VictimReport> => {
      const baton = batons[index];
      if (baton === undefined) throw new Error("There is a Baton for every run.");
      const state = await workToEnd(baton, ledger, work).catch(async (error: unknown) => {
        if (!isStopped(work.run)) throw error;
        return await Promise.withResolvers<never>().promise;
      });
      return { state, points: ended(work.run) };
    }),
  );
  await Promise.all(batons.map(async (baton) => await baton.close()));
  if (process.send === undefined) console.log(reports);
  else await new Promise<void>((sent) => process.send?.(reports, () => sent()));
}

function orderOfCommandLine(): VictimOrder {
  const [workflow = "linear", folder = ".", databaseUrl] = process.argv.slice(2);
  const [number, side] = (process.env["BATON_CRASH_AT"] ?? "").split(":");
  return {
    place: { folder, ...(databaseUrl === undefined ? {} : { databaseUrl }) },
    runs: [
      {
        work: { run: `by-hand-${process.pid}`, workflow },
        ...(side === "before" || side === "after" ? { point: { number: Number(number), side } } : {}),
      },
    ],
  };
}
