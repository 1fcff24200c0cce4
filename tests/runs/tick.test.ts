import { END, interrupt, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { type Baton, node, ParkRequest, workflow } from "batonjs";
import { scripted } from "batonjs/testing";
import { expect, test } from "vitest";
import { z } from "zod";

import { openBaton, temporaryFolder } from "../support/baton.ts";

const Shop = new StateSchema({ sold: z.number().default(0), asked: z.string().default("") });

const shop = (isOpen: () => boolean, nextAt?: () => number) =>
  workflow({
    id: "shop",
    graph: new StateGraph(Shop)
      .addNode(
        "sell",
        node(Shop, { reads: [], writes: ["sold"] }, () => {
          if (isOpen()) return { sold: 1 };
          throw new ParkRequest("the shop is closed", nextAt === undefined ? {} : { nextAt: nextAt() });
        }),
      )
      .addEdge(START, "sell")
      .addEdge("sell", END),
  });

const ask = workflow({
  id: "ask",
  answerTimeoutMs: 1,
  graph: new StateGraph(Shop)
    .addNode(
      "ask",
      node(Shop, { reads: [], writes: ["asked"] }, () => ({ asked: String(interrupt("Sell it?")) })),
    )
    .addEdge(START, "ask")
    .addEdge("ask", END),
});

async function started(baton: Baton, flow: string): Promise<string> {
  const { id, result } = await baton.start(flow, {});
  await result();
  return id;
}

test("goes on with parked runs whose time has come, and with no others", async () => {
  let isOpen = false;
  const folder = await temporaryFolder();
  const model = scripted([]);
  const soon = await openBaton({
    workflows: [
      shop(
        () => isOpen,
        () => Date.now() + 20,
      ),
    ],
    model,
    folder,
  });
  const later = await openBaton({
    workflows: [
      shop(
        () => isOpen,
        () => Date.now() + 3_600_000,
      ),
    ],
    model,
    folder,
  });
  const due = await started(soon, "shop");
  const notYet = await started(later, "shop");
  isOpen = true;
  await new Promise((done) => setTimeout(done, 30));

  const { resumed } = await later.tick();

  expect(resumed.map(({ id }) => id)).toEqual([due]);
  expect(await resumed[0]?.result()).toMatchObject({ status: "completed", state: { sold: 1 } });
  expect((await later.run(notYet)).status).toBe("parked");
  expect(await later.tick()).toEqual({ expired: [], resumed: [], refused: [] });
});

test("fails a run that nobody answered in time, once, and it can be asked again", async () => {
  const folder = await temporaryFolder();
  const one = await openBaton({ workflows: [ask], model: scripted([]), folder });
  const other = await openBaton({ workflows: [ask], model: scripted([]), folder });
  const id = await started(one, "ask");
  await new Promise((done) => setTimeout(done, 5));

  const ticks = await Promise.all([one.tick(), other.tick()]);

  expect(ticks.flatMap(({ expired }) => expired)).toMatchObject([
    { id, status: "failed", error: { code: "answer-too-late" } },
  ]);
  expect(await (await one.resume(id)).result()).toMatchObject({ status: "interrupted" });
});

test("begins with what has been due the longest, and lets no run that is stuck keep another from its turn", async () => {
  let isOpen = false;
  const folder = await temporaryFolder();
  const flows = [
    shop(
      () => isOpen,
      () => Date.now(),
    ),
  ];
  const model = scripted([]);
  const renamed = await openBaton({ workflows: flows, model: { ...model, ref: "gone" }, folder });
  const baton = await openBaton({ workflows: flows, model, folder });
  const elsewhere = workflow({ id: "elsewhere", graph: flows[0]?.graph ?? ask.graph });
  const foreign = await openBaton({ workflows: [elsewhere], model, folder });
  await started(foreign, "elsewhere");
  const stuck = [await started(renamed, "shop")];
  const due = [await started(baton, "shop"), await started(baton, "shop")];
  for (let count = 0; count < 3; count += 1) stuck.push(await started(renamed, "shop"));
  isOpen = true;

  const first = await baton.tick({ limit: 1 });
  expect(first.resumed.map(({ id }) => id)).toEqual([due[0]]);
  expect(first.refused).toMatchObject([{ run: { id: stuck[0], status: "parked" }, error: { code: "model-changed" } }]);
  await first.resumed[0]?.result();

  const second = await baton.tick({ limit: 1 });
  expect(second.resumed.map(({ id }) => id)).toEqual([due[1]]);
  await second.resumed[0]?.result();

  const third = await baton.tick();
  expect([third.resumed, third.refused.map(({ run }) => run.id)]).toEqual([[], stuck]);
});
