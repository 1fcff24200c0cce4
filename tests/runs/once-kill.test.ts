import { expect, it } from "vitest";

import { copyApp } from "../support/app.ts";

it("S22: pays once when its process is killed after the payment, and asks the model for nothing twice", async () => {
  const app = await copyApp("payments");
  const run = ["run", "order", "--run-id", "r1", "--input", '{"number":"7"}', "--json"];
  expect(await app.start(run, { DIES: "yes" }).finished).toMatchObject({ signal: "SIGKILL" });

  const { code, stdout, stderr } = await app.start(["resume", "r1", "--json"]).finished;

  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(JSON.parse(stdout)).toMatchObject({
    status: "completed",
    state: { number: "7", result: "order 7 costs 45 and paid before" },
    // The payment lies in a workflow that is a node of the run's own.
    steps: [
      {
        node: "till",
        workflow: "payment",
        attempt: 2,
        modelCalls: 3,
        replayedCalls: 1,
        inner: [{ node: "payer", attempt: 2 }],
      },
    ],
  });
  expect(await app.ledger()).toEqual([
    "asked, 0 results known",
    "looked up 7",
    expect.stringMatching(/^paid /u),
    "reconciled",
    "asked, 2 results known",
  ]);
});
