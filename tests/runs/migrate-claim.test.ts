import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";

import { END, interrupt, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { node, type Workflow, workflow } from "batonjs";
import { scripted } from "batonjs/testing";
import { expect, test } from "vitest";
import { z } from "zod";

import { fingerprint } from "../../graph/fingerprint.ts";
import { settlementOf } from "../../runs/give-back.ts";
import { leasesHere, leaseTimes } from "../../runs/lease.ts";
import { migrateRun } from "../../runs/migrate-run.ts";
import { newOwner } from "../../runs/owner.ts";
import { newRun, SETTLEMENTS } from "../../testing/opened-store.ts";
import { openBaton, temporaryFolder } from "../support/baton.ts";

const Form = new StateSchema({ text: z.string().default("") });

/** One node that asks, under a name of its own in each version. */
function form<const N extends string>(name: N): Workflow {
  const ask = node(Form, { reads: [], writes: ["text"] }, () => ({ text: String(interrupt("What is it?")) }));
  const graph = new StateGraph(Form).addNode(name, ask).addEdge(START, name).addEdge(name, END);
  const from = form.first;
  const spec = { id: "form", graph };
  if (name === "ask") return workflow(spec);
  const to = fingerprint(workflow(spec));
  return workflow({ ...spec, migrations: [{ from, to, nodes: { ask: "query" } }] });
}
form.first = "";
form.first = fingerprint(form("ask"));

async function asking(): Promise<string> {
  const folder = await temporaryFolder();
  const baton = await openBaton({ workflows: [form("ask")], model: scripted([]), folder });
  const outcome = await (await baton.start("form", {}, { runId: "r" })).result();
  expect(outcome.status).toBe("interrupted");
  return folder;
}

test("a migration that cannot be stored leaves the run as it was, with its question, and free for others", async () => {
  const folder = await asking();
  const baton = await openBaton({ workflows: [form("query")], model: scripted([]), folder });
  const before = await baton.run("r");
  const file = new DatabaseSync(join(folder, ".baton", "baton.db"));
  file.exec("create trigger full before insert on checkpoints begin select raise(abort, 'no room'); end");

  await expect(baton.migrate("r")).rejects.toThrow();

  const { epoch, updatedAt: _, ...rest } = await baton.run("r");
  expect({ ...rest, epoch }).toMatchObject({
    status: "interrupted",
    interrupts: "interrupts" in before ? before.interrupts : [],
    epoch: before.epoch + 1,
    pins: before.pins,
  });
  file.exec("drop trigger full");
  file.close();
  expect(await baton.migrate("r")).toMatchObject({ status: "parked" });
});

test("a migration that was planned for a run as it stood before leaves alone what has become of it", async () => {
  const folder = await asking();
  const [old, flow] = [form("ask"), form("query")];
  const baton = await openBaton({ workflows: [old], model: scripted([]), folder });
  const { store } = baton;
  const stale = await baton.run("r");
  const claim = await store.runs.claim({
    run: stale.id,
    owner: newOwner(),
    leaseMs: 10_000,
    from: ["interrupted"],
  });
  if (!claim.claimed || stale.status !== "interrupted") throw new Error("The run waits.");
  await store.runs.settle(claim.fence, settlementOf(stale));
  const leases = leasesHere(store.runs, leaseTimes());

  await expect(migrateRun({ store, run: stale, workflow: flow, owner: newOwner(), leases }, {})).rejects.toMatchObject({
    code: "run-already-active",
  });

  expect(await baton.run("r")).toMatchObject({ status: "interrupted", interrupts: stale.interrupts });
});

test("what a run became is given back whole", () => {
  const { mayWait: _, ...wanted } = newRun();
  const facts = { ...wanted, createdAt: 1, updatedAt: 2, epoch: 3, crashes: 4, cancelRequested: true, waits: false };
  for (const settlement of Object.values(SETTLEMENTS)) {
    expect(settlementOf({ ...facts, deadlineAt: 5, ...settlement })).toEqual(settlement);
  }
});
