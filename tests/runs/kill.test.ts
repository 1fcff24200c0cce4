import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";

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
    const points = randomPoints(Number(process.env["BATON_KILL_POINTS"] ?? 12));
    const verdicts: Verdict[] = [];
    for (const point of points) verdicts.push(await killAndResume(point));
    expect(verdicts.filter(({ lost, wrong, repeated }) => lost !== undefined || wrong || repeated.length > 0)).toEqual(
      [],
    );
    expect(verdicts).toHaveLength(points.length);
  }, 600_000);
});

/** What one kill did. The point is a number of ledger lines: a place in the work, not a time. */
interface Verdict {
  readonly point: number;
  /** What `resume` said when the run did not complete. */
  readonly lost: string | undefined;
  readonly wrong: boolean;
  /** Committed steps that ran again, or whose finished model call was made again. */
  readonly repeated: readonly number[];
}

/** The finished run leaves 60 lines; one line is there once the run is stored. */
function randomPoints(count: number): readonly number[] {
  return Array.from({ length: count }, () => 1 + Math.floor(Math.random() * 58));
}

async function killAndResume(point: number): Promise<Verdict> {
  const app = await copyApp("twenty-steps");
  const run = app.start(["run", "twenty-steps", "--run-id", "r", "--input", "{}", "--json"]);
  let ended = false;
  void run.finished.then(() => (ended = true));
  while (!ended && (await app.ledger()).length < point) await delay(1);
  run.kill("SIGKILL");
  await run.finished;
  const before = await app.ledger();
  // A step is committed before the next one begins.
  const committed = STEPS.filter((step) => before.includes(`node ${step + 1}`));

  const resumed = await finish(app, ["resume", "r", "--json"]);

  const ledger = await app.ledger();
  const outcome = resumed.code === 0 ? JSON.parse(resumed.stdout) : undefined;
  const completed = outcome?.status === "completed";
  return {
    point,
    lost: completed ? undefined : `exit ${resumed.code}: ${resumed.stdout}${resumed.stderr}`,
    wrong: completed && JSON.stringify(outcome.state.visited) !== JSON.stringify(STEPS),
    repeated: committed.filter((step) => times(ledger, `node ${step}`) !== 1 || times(ledger, `call ${step}`) !== 1),
  };
}
