import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

import type { JsonObject } from "batonjs";

import { snapshotName } from "./crash-counter.ts";
import { type Crash, judge, type Verdict } from "./crash-verdict.ts";
import { ledgerIn } from "./ledger.ts";
import type { VictimOrder } from "./victim.ts";
import type { Victims } from "./victims.ts";
import { openPlace, type Place, type Work } from "./work.ts";

/** The crash points of a place, found by an undisturbed run of each workflow, and what is left of a run after each. */
export interface CrashTest {
  crashes(workflow: string): Promise<readonly Crash[]>;
  /**
   * Kills one process and says what it left at each of these points. On a server it has a run for each, held at its point; in files it has one run,
   * whose files were copied as they were at each point before the last.
   */
  attempt(crashes: readonly Crash[]): Promise<readonly Verdict[]>;
  close(): Promise<void>;
}

export async function crashTest(place: Place, victims: Victims): Promise<CrashTest> {
  return place.databaseUrl === undefined ? inFiles(place.folder, victims) : await onServer(place, victims);
}

async function onServer(place: Place, victims: Victims): Promise<CrashTest> {
  const ledger = ledgerIn(place.folder);
  const names = works();
  // The survivor: it takes over what the victims leave.
  const baton = await openPlace(place, ledger);
  const expected = new Map<string, JsonObject>();
  return {
    async crashes(workflow) {
      const { state, crashes } = await undisturbed(victims, place, names(workflow));
      expected.set(workflow, state);
      return crashes;
    },
    async attempt(crashes) {
      const runs = crashes.map((crash) => ({ crash, work: names(crash.workflow), point: crash.point }));
      const reports = await victims.send({ place, runs: runs.map(({ work, point }) => ({ work, point })) });
      const verdicts: Verdict[] = [];
      for (const { crash, work } of runs) {
        const { hadEnded, ...found } = await judge({ baton, ledger, work }, expected.get(crash.workflow));
        verdicts.push({ ...crash, killed: reports === undefined && !hadEnded, ...found });
      }
      return verdicts;
    },
    close: async () => await baton.close(),
  };
}

/** Each process begins in an empty folder, so that the points reach from the first statement of the schema to the end of the run. */
function inFiles(folder: string, victims: Victims): CrashTest {
  const names = works();
  const expected = new Map<string, JsonObject>();

  async function verdictIn(room: string, crash: Crash, work: Work): Promise<Verdict> {
    if (!existsSync(room))
      return { ...crash, killed: false, repeatedCommitted: [], repeatedInFlight: [], duplicates: [] };
    const ledger = ledgerIn(room);
    const baton = await openPlace({ folder: room }, ledger);
    try {
      const { hadEnded, ...found } = await judge({ baton, ledger, work }, expected.get(crash.workflow));
      return { ...crash, killed: !hadEnded, ...found };
    } finally {
      await baton.close();
    }
  }

  return {
    async crashes(workflow) {
      const work = names(workflow);
      const room = join(folder, work.run);
      await mkdir(room, { recursive: true });
      const { state, crashes } = await undisturbed(victims, { folder: room }, work);
      expected.set(workflow, state);
      return crashes;
    },
    async attempt(crashes) {
      const sorted = crashes.toSorted((one, other) => one.point.number - other.point.number);
      const last = sorted.at(-1);
      if (last === undefined) return [];
      const work = names(last.workflow);
      const room = join(folder, work.run);
      const [live, kept] = [join(room, "live"), join(room, "kept")];
      await mkdir(live, { recursive: true });
      const points = sorted.slice(0, -1).map(({ point }) => point);
      const run = { work, point: last.point, snapshots: { points, from: live, to: kept } };
      await victims.send({ place: { folder: live }, runs: [run] });
      const verdicts: Verdict[] = [];
      for (const crash of sorted)
        verdicts.push(await verdictIn(crash === last ? live : join(kept, snapshotName(crash.point)), crash, work));
      await rm(room, { recursive: true });
      return verdicts;
    },
    close: async () => await Promise.resolve(),
  };
}

function works(): (workflow: string) => Work {
  let count = 0;
  return (workflow) => {
    count += 1;
    return { run: `${workflow}-${count}`, workflow };
  };
}

async function undisturbed(
  victims: Victims,
  place: VictimOrder["place"],
  work: Work,
): Promise<{ readonly state: JsonObject; readonly crashes: readonly Crash[] }> {
  const [report] = (await victims.send({ place, runs: [{ work }] })) ?? [];
  if (report === undefined) throw new Error("The undisturbed run was killed.");
  const crashes = report.points.flatMap((name, index) => {
    const sides = name.includes(":") ? (["before", "after"] as const) : (["before"] as const);
    return sides.map((side) => ({ workflow: work.workflow, name, point: { number: index + 1, side } }));
  });
  return { state: report.state, crashes };
}
