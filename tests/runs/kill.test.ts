import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { createBaton } from "batonjs";
import fc from "fast-check";
import pLimit from "p-limit";
import { describe, expect, it } from "vitest";

import config from "../fixtures/twenty-steps/baton.config.ts";
import { ledgerOf, ledgers } from "../fixtures/twenty-steps/ledger.ts";
import { startProgram } from "../store/program.ts";
import { copyApp, type FixtureApp } from "../support/app.ts";

const STEPS = Array.from({ length: 20 }, (_, index) => index + 1);

/** How often the ledger holds the entry. */
function times(ledger: readonly string[], entry: string): number {
  return ledger.filter((line) => line === entry).length;
}

async function finish(app: FixtureApp, args: readonly string[], env?: Readonly<Record<string, string>>) {
  return app.start(args, env).finished;
}

describe("a run of twenty steps", () => {
  it("is killed in step 14 and goes on there in another process without repeating a finished model call", async () => {
    const app = await copyApp("twenty-steps");
    const killed = await finish(app, ["run", "twenty-steps", "--run-id", "r1", "--input", "{}", "--json"], {
      STEP_14: "kill",
    });
    expect(killed.code).toBeNull();

    const resumed = await finish(app, ["resume", "r1", "--json"]);

    expect(resumed.code).toBe(0);
    const outcome = JSON.parse(resumed.stdout);
    expect(outcome).toMatchObject({ runId: "r1", status: "completed", state: { visited: STEPS } });
    expect(outcome.steps.find((step: { step: number }) => step.step === 14)).toMatchObject({
      attempt: 2,
      modelCalls: 2,
      replayedCalls: 1,
    });
    const ledger = await app.ledger();
    for (const step of STEPS) {
      expect([step, times(ledger, `node ${step}`)]).toEqual([step, step === 14 ? 2 : 1]);
      expect([step, times(ledger, `call ${step}`)]).toEqual([step, 1]);
    }
  });

  it("fails in step 14, says how to resume it, and completes on resume", async () => {
    const app = await copyApp("twenty-steps");
    const failed = await finish(app, ["run", "twenty-steps", "--run-id", "r2", "--input", "{}"], { STEP_14: "throw" });
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("Run `r2` failed at step 14 in node `step-14`: Step 14 was told to fail.");
    expect(failed.stderr).toContain("baton resume r2");

    const resumed = await finish(app, ["resume", "r2", "--json"]);

    expect(JSON.parse(resumed.stdout)).toMatchObject({ status: "completed", state: { visited: STEPS } });
    expect(times(await app.ledger(), "call 14")).toBe(1);
  });

  it("completes with the right state and repeats no committed step after kills at random points", async () => {
    const seed = Number(process.env["BATON_KILL_SEED"] ?? randomInt(2 ** 31));
    const points = randomPoints(Number(process.env["BATON_KILL_POINTS"] ?? 50), seed);
    process.stdout.write(`tests: ${points.length} kills at random points, BATON_KILL_SEED=${seed}\n`);
    const atATime = pLimit(KILLS_AT_A_TIME);
    const killed: Killed[] = [];
    for (let open = points; open.length > 0;) {
      const groups = Array.from({ length: Math.ceil(open.length / RUNS_OF_A_PROCESS) }, (_, group) =>
        open.slice(group * RUNS_OF_A_PROCESS, (group + 1) * RUNS_OF_A_PROCESS),
      );
      const ended = await Promise.all(groups.map((group) => atATime(() => killTogether(group))));
      killed.push(...ended);
      open = ended.flatMap(({ overtaken }) => overtaken);
    }
    expect(killed.flatMap(({ runs }) => runs)).toHaveLength(points.length);
    const verdicts = (await Promise.all(killed.map(resumeHere))).flat();
    expect(verdicts.filter(({ lost, wrong, repeated }) => lost !== undefined || wrong || repeated.length > 0)).toEqual(
      [],
    );
  }, 600_000);
});

/** Most of such a process is start-up, so that one more than there are cores keeps them busy. */
const KILLS_AT_A_TIME = 3;
/** A kill ends all runs of a process, each at another place of its work. */
const RUNS_OF_A_PROCESS = 5;
const SEVERAL = resolve(import.meta.dirname, "../fixtures/twenty-steps/several.ts");

/** The finished run leaves 60 lines; one line is there once the run is stored. */
function randomPoints(count: number, seed: number): readonly number[] {
  return fc.sample(fc.noBias(fc.integer({ min: 1, max: 58 })), { seed, numRuns: count });
}

/** Runs whose process was killed when their ledgers held about so many lines: a place in the work, not a time. */
interface Killed {
  readonly folder: string;
  readonly runs: readonly { readonly id: string; readonly point: number }[];
  /** Points whose runs had ended by then: they have to be tried again. */
  readonly overtaken: readonly number[];
}

/** Works a run for each point in one process, the one with the longest way first, and kills it when that one is there. */
async function killTogether(points: readonly number[]): Promise<Killed> {
  const { folder } = await copyApp("twenty-steps");
  const runs = points.toSorted((one, other) => other - one).map((point, index) => ({ id: `r${index}`, point }));
  const first = runs[0]?.point ?? 0;
  const several = startProgram(SEVERAL, [], folder);
  for (const { id, point } of runs) {
    await hasLines(folder, "r0", id === "r0" ? 0 : first - point);
    several.say(id);
  }
  for (const { id } of runs) await hasLines(folder, id, 1);
  await hasLines(folder, "r0", first);
  several.kill();
  await several.ended;
  const ledgers = await Promise.all(runs.map(async (run) => ({ run, ledger: await ledgerIn(folder, run.id) })));
  const [over, open] = [true, false].map((ended) =>
    ledgers.filter(({ ledger }) => ledger.includes("end 20") === ended).map(({ run }) => run),
  );
  return { folder, runs: open ?? [], overtaken: (over ?? []).map(({ point }) => point) };
}

/** Resolves once a run has got so far. */
async function hasLines(folder: string, run: string, lines: number): Promise<void> {
  while ((await ledgerIn(folder, run)).length < lines) await delay(2);
}

async function ledgerIn(folder: string, run: string): Promise<readonly string[]> {
  const text = await readFile(ledgerOf(folder, run), "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}

interface Verdict {
  readonly point: number;
  /** What became of a run that did not complete. */
  readonly lost: unknown;
  readonly wrong: boolean;
  /** Committed steps that ran again, or whose finished model call was made again. */
  readonly repeated: readonly number[];
}

/** Resumes the runs of a killed process in this one through the library. */
async function resumeHere({ folder, runs }: Killed): Promise<readonly Verdict[]> {
  await using baton = await createBaton(config, { folder, env: {} });
  return await Promise.all(
    runs.map(async ({ id, point }) => {
      const before = await ledgerIn(folder, id);
      // A step is committed before the next one begins.
      const committed = STEPS.filter((step) => before.includes(`node ${step + 1}`));

      const outcome = await ledgers.run(ledgerOf(folder, id), async () => await (await baton.resume(id)).result());

      const ledger = await ledgerIn(folder, id);
      const completed = outcome.status === "completed";
      return {
        point,
        lost: completed ? undefined : outcome,
        wrong: completed && JSON.stringify(outcome.state["visited"]) !== JSON.stringify(STEPS),
        repeated: committed.filter(
          (step) => times(ledger, `node ${step}`) !== 1 || times(ledger, `call ${step}`) !== 1,
        ),
      };
    }),
  );
}
