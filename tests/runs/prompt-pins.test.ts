import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { END, interrupt, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, type Baton, createBaton, workflow } from "batonjs";
import { scripted } from "batonjs/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";

import { openBaton, temporaryFolder } from "../support/baton.ts";

const Order = new StateSchema({ item: z.string(), price: z.number().default(0), approved: z.boolean().default(false) });
const PROMPT = "---\ninput:\n  schema:\n    item: string\n---\nWhat does {{item}} cost?\n";

/** Prices an item by the model before and after somebody was asked. */
function orders() {
  const pricing = agent(Order, { prompt: "price", reads: ["item"], writes: ["price"] });
  const graph = new StateGraph(Order)
    .addNode("pricing", pricing)
    .addNode("approval", () => ({ approved: interrupt({ question: "Pay?" }) === "yes" }))
    .addNode("again", pricing)
    .addEdge(START, "pricing")
    .addEdge("pricing", "approval")
    .addEdge("approval", "again")
    .addEdge("again", END);
  return workflow({ id: "orders", graph });
}

const model = () => scripted([{ answer: { price: 1 } }, { answer: { price: 2 } }]);

async function refOf(baton: Baton, run: string, name: string): Promise<string | undefined> {
  return (await baton.run(run)).pins.prompts.find((pin) => pin.name === name)?.ref;
}

test("a missing pin stops the run, names the closure, and a version that is asked for takes its place", async () => {
  const folder = await temporaryFolder();
  const options = { workflows: [orders()], model: model(), prompts: { price: PROMPT }, folder };
  const baton = await openBaton(options);
  const { id, result } = await baton.start("orders", { item: "teapot" });
  expect((await result()).status).toBe("interrupted");
  const [pin] = (await baton.run(id)).pins.prompts;
  using database = new DatabaseSync(join(folder, ".baton/baton.db"));
  database.prepare("delete from blobs where id = ?").run(pin?.files[0]?.blob ?? "");

  await expect(baton.resume(id, { answer: "yes" })).rejects.toMatchObject({
    code: "prompt-pin-missing",
    message: expect.stringContaining(`closure ${pin?.closure.slice(0, 12) ?? ""}`),
  });
  expect((await baton.run(id)).status).toBe("interrupted");
  const resumed = await baton.resume(id, { answer: "yes", prompts: ["price"] });
  expect(await resumed.result()).toMatchObject({ status: "completed" });
});

test("a built-in prompt is pinned by a run that can use it, and a file of the same name takes its place", async () => {
  const own = await openBaton({ workflows: [orders()], model: model(), prompts: { price: PROMPT } });
  const first = await own.start("orders", { item: "teapot" });
  await first.result();
  const builtin = await refOf(own, first.id, "baton/output-repair");
  expect(builtin).toMatch(/^baton\/output-repair@[0-9a-f]{40}$/u);

  const text =
    "---\ninput:\n  schema:\n    answer?: any\n    problems?: any\n    schema?: any\n---\n{{json answer}}{{json problems}}{{json schema}}\n";
  const prompts = { price: PROMPT, "baton/output-repair": text };
  const replaced = await openBaton({ workflows: [orders()], model: model(), prompts });
  const second = await replaced.start("orders", { item: "teapot" });
  await second.result();
  const pin = (await replaced.run(second.id)).pins.prompts.find(({ name }) => name === "baton/output-repair");
  expect(pin?.ref).not.toBe(builtin);
  expect(await replaced.store.blobs.get(pin?.files[0]?.blob ?? "")).toBe(text);
});

test("a watching Baton gives new runs the changed prompt, and keeps what runs have pinned", async () => {
  const folder = await temporaryFolder();
  await openBaton({ workflows: [orders()], model: model(), prompts: { price: PROMPT }, folder });
  const config = {
    workflows: [orders()],
    model: scripted(Array.from({ length: 60 }, () => ({ answer: { price: 1 } }))),
  };
  const baton = await createBaton(config, { folder, env: {}, watch: true });
  onTestFinished(() => baton.close());
  const first = await baton.start("orders", { item: "teapot" });
  await first.result();
  const before = await refOf(baton, first.id, "price");

  await writeFile(join(folder, "prompts/price.prompt"), `${PROMPT}Be exact.\n`);
  await vi.waitFor(
    async () => {
      const next = await baton.start("orders", { item: "teapot" });
      await next.result();
      expect(await refOf(baton, next.id, "price")).not.toBe(before);
    },
    { timeout: 30_000, interval: 100 },
  );
  expect(await refOf(baton, first.id, "price")).toBe(before);
});
