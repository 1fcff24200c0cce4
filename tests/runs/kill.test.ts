import { randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import { createBaton } from "batonjs";
import fc from "fast-check";
import pLimit from "p-limit";
import { describe, expect, it } from "vitest";

import config from "../fixtures/twenty-steps/baton.config.ts";
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
    const killed = await Promise.all(points.map((point) => atATime(() => killAt(point))));
    const verdicts: Verdict[] = [];
    for (const run of killed) verdicts.push(await resumeHere(run));

    expect(verdicts.filter(({ lost, wrong, repeated }) => lost !== undefined || wrong || repeated.length > 0)).toEqual(
      [],
    );
  }, 600_000);
});

/** Most of such a process is start-up, so that one more than there are cores keeps them busy. */
const KILLS_AT_A_TIME = 3;

/** The finished run leaves 60 lines; one line is there once the run is stored. */
function randomPoints(count: number, seed: number): readonly number[] {
  return fc.sample(fc.noBias(fc.integer({ min: 1, max: 58 })), { seed, numRuns: count });
}

/** A run that was killed once its ledger held `point` lines: a place in the work, not a time. */
interface KilledRun {
  readonly app: FixtureApp;
  readonly point: number;
}

async function killAt(point: number): Promise<KilledRun> {
  for (;;) {
    const app = await copyApp("twenty-steps");
    const run = app.start(["run", "twenty-steps", "--run-id", "r", "--input", "{}", "--json"]);
    let ended = false;
    void run.finished.then(() => (ended = true));
    while (!ended && (await app.ledger()).length < point) await delay(2);
    run.kill("SIGKILL");
    const { signal, code, stderr } = await run.finished;
    if (signal === "SIGKILL") return { app, point };
    // Late points are now and then overtaken by the end of the run.
    expect([code, stderr]).toEqual([0, expect.anything()]);
  }
}

interface Verdict {
  readonly point: number;
  /** What became of a run that did not complete. */
  readonly lost: unknown;
  readonly wrong: boolean;
  /** Committed steps that ran again, or whose finished model call was made again. */
  readonly repeated: readonly number[];
}

/** Resumes in this process, which is another one than the killed, through the library. */
async function resumeHere({ app, point }: KilledRun): Promise<Verdict> {
  const before = await app.ledger();
  // A step is committed before the next one begins.
  const committed = STEPS.filter((step) => before.includes(`node ${step + 1}`));
  process.env["LEDGER_FILE"] = app.ledgerFile;
  await using baton = await createBaton(config, { folder: app.folder, env: {} });

  const outcome = await (await baton.resume("r")).result();

  const ledger = await app.ledger();
  const completed = outcome.status === "completed";
  return {
    point,
    lost: completed ? undefined : outcome,
    wrong: completed && JSON.stringify(outcome.state["visited"]) !== JSON.stringify(STEPS),
    repeated: committed.filter((step) => times(ledger, `node ${step}`) !== 1 || times(ledger, `call ${step}`) !== 1),
  };
}
