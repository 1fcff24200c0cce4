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

    expect(resumed.stderr).toBe("");
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
    expect(failed.stderr).toContain("step 14 in node `step-14`: Step 14 was told to fail.");
    expect(failed.stderr).toContain("baton resume r2");

    const resumed = await finish(app, ["resume", "r2", "--json"]);

    expect(JSON.parse(resumed.stdout)).toMatchObject({ status: "completed", state: { visited: STEPS } });
    expect(times(await app.ledger(), "call 14")).toBe(1);
  });

  it(
    "completes with the right state and repeats no committed step after a kill at 50 random points",
    { timeout: 240_000 },
    async () => {
      const verdicts = { lost: 0, wrong: 0, repeated: 0 };
      for (let point = 0; point < 50; point += 1) {
        const app = await copyApp("twenty-steps");
        const run = app.start(["run", "twenty-steps", "--run-id", "r", "--input", "{}", "--json"]);
        await killSomewhere(app, run, 1 + Math.floor(Math.random() * 58));
        const before = await app.ledger();
        const committed = STEPS.filter((step) => before.includes(`node ${step + 1}`));

        const resumed = await finish(app, ["resume", "r", "--json"]);

        const ledger = await app.ledger();
        const outcome = resumed.code === 0 ? JSON.parse(resumed.stdout) : undefined;
        if (outcome?.status !== "completed") verdicts.lost += 1;
        else if (JSON.stringify(outcome.state.visited) !== JSON.stringify(STEPS)) verdicts.wrong += 1;
        verdicts.repeated += committed.filter(
          (step) => times(ledger, `node ${step}`) !== 1 || times(ledger, `call ${step}`) !== 1,
        ).length;
        expect(ledger.length - before.length, "at most one step runs again").toBeLessThanOrEqual(
          (20 - committed.length) * 3,
        );
      }
      expect(verdicts).toEqual({ lost: 0, wrong: 0, repeated: 0 });
    },
  );
});

/** Kills the run once its ledger holds `entries` lines: a point in the work, not in time. */
async function killSomewhere(app: FixtureApp, run: ReturnType<FixtureApp["start"]>, entries: number): Promise<void> {
  let ended = false;
  void run.finished.then(() => (ended = true));
  while (!ended && (await app.ledger()).length < entries) await delay(1);
  run.kill("SIGKILL");
  await run.finished;
}
