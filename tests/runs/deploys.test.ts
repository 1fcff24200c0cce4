import {
  Command,
  END,
  interrupt,
  MemorySaver,
  ReducedValue,
  START,
  StateGraph,
  StateSchema,
} from "@langchain/langgraph";
import { type Baton, type Migration, node, type Workflow, workflow } from "batonjs";
import { scripted } from "batonjs/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { fingerprint } from "../../graph/fingerprint.ts";
import { taskIdsOf } from "../../graph/renamed-channels.ts";
import { pendingNodes } from "../../graph/pending.ts";
import { openBaton, temporaryFolder } from "../support/baton.ts";

const log = () =>
  new ReducedValue(z.array(z.string()).default([]), {
    reducer: (known: string[], added: string[]) => known.concat(added),
  });
const Letter = new StateSchema({ topic: z.string(), words: z.number().default(0), log: log() });

/** What the nodes of all versions look at: a call that is made is counted, and a gate that is shut makes the second node fail. */
interface World {
  gate: "open" | "shut";
  readonly calls: string[];
}

interface Version {
  /** Name of the second node. */
  readonly second?: string;
  /** A node between the second and the last. */
  readonly inserted?: string;
  readonly migrations?: readonly Migration[];
  readonly asks?: boolean;
}

/** first -> second -> last; the second makes one journaled call before the gate. */
function letter(world: World, { second = "write", inserted, migrations = [], asks = false }: Version = {}): Workflow {
  const simple = (name: string) => node(Letter, { reads: ["topic"], writes: ["log"] }, async () => ({ log: [name] }));
  const work = node(Letter, { reads: ["topic"], writes: ["words", "log"] }, async ({ topic }, { call }) => {
    const words = await call("count", { topic }, async () => (world.calls.push(topic), topic.length));
    const answer = asks ? String(interrupt("Is it right?")) : "";
    if (world.gate === "shut") throw new Error("The gate is shut.");
    return { words, log: [`${second}${answer}`] };
  });
  // Names that differ from version to version are not known to the compiler.
  const graph = new StateGraph(Letter) as unknown as {
    addNode(name: string, work: unknown): void;
    addEdge(a: string, b: string): void;
  };
  const names = ["first", second, ...(inserted === undefined ? [] : [inserted]), "last"];
  for (const name of names) graph.addNode(name, name === second ? work : simple(name));
  [START, ...names].forEach((name, index) => graph.addEdge(name, names[index] ?? END));
  return workflow({ id: "letter", graph: graph as unknown as StateGraph<typeof Letter>, migrations });
}

async function failedRun(world: World, folder: string, version: Version = {}): Promise<void> {
  const baton = await deploy(folder, letter(world, version));
  const outcome = await (await baton.start("letter", { topic: "owls" }, { runId: "r" })).result();
  expect(outcome.status).toBe(version.asks === true ? "interrupted" : "failed");
}

const deploy = (folder: string, version: Workflow): Promise<Baton> =>
  openBaton({ workflows: [version], model: scripted([]), folder });
const shut = (): World => ({ gate: "shut", calls: [] });
const eventsOf = async (baton: Baton, type: string) =>
  (await baton.events((await baton.run("r")).id)).filter((event) => event.type === type);

describe("a run whose next node has another name in a new version", () => {
  it("would be silently finished by LangGraph alone", async () => {
    const saver = new MemorySaver();
    const config = { configurable: { thread_id: "t" } };
    const build = (name: string, broken: boolean) =>
      new StateGraph(Letter)
        .addNode(name, async () => {
          if (broken) throw new Error("The gate is shut.");
          return { log: [name] };
        })
        .addEdge(START, name)
        .addEdge(name, END)
        .compile({ checkpointer: saver });
    await expect(build("write", true).invoke({ topic: "owls" }, config)).rejects.toThrow("shut");

    const outcome = await build("author", false).invoke(null, config);

    expect([outcome, (await build("author", false).getState(config)).next]).toMatchObject([{ log: [] }, []]);
  });

  it("is refused with what is different and the ways out, and goes on under the version it began on", async () => {
    const world = shut();
    const folder = await temporaryFolder();
    await failedRun(world, folder);
    const renamed = await deploy(folder, letter(world, { second: "author" }));
    const before = await renamed.run("r");

    await expect(renamed.resume("r")).rejects.toMatchObject({
      code: "workflow-changed",
      exitCode: 78,
      message: expect.stringMatching(
        /run `r` began \([0-9a-f]{12} → [0-9a-f]{12}\).*:\n {2}- node `write`, which the run is about to execute, is gone; perhaps it is `author` now/u,
      ),
      hint: expect.stringMatching(/version it began on.*--migrate.*baton fork r --step/u),
    });

    expect(await renamed.run("r")).toEqual(before);
    world.gate = "open";
    const outcome = await (await (await deploy(folder, letter(world))).resume("r")).result();
    expect(outcome).toMatchObject({ status: "completed", state: { log: ["first", "write", "last"], words: 4 } });
  });

  it("is migrated, keeps the calls of the step in flight, and says who did it", async () => {
    const world = shut();
    const folder = await temporaryFolder();
    await failedRun(world, folder);
    world.gate = "open";
    const [from, to] = [fingerprint(letter(world)), fingerprint(letter(world, { second: "author" }))];
    const up = (state: Readonly<Record<string, unknown>>) => ({
      ...state,
      topic: `${String(state["topic"])} at night`,
    });
    const migrations = [{ from, to, nodes: { write: "author" }, up }];
    const baton = await deploy(folder, letter(world, { second: "author", migrations }));

    await expect(baton.resume("r")).rejects.toMatchObject({
      hint: "It has a migration for that: baton resume r --migrate",
    });
    const resumed = await baton.resume("r", { migrate: true, by: "ada", reason: "release 2" });

    // Its request is another one now, so the call is made again; the one of the step before is not.
    expect(await resumed.result()).toMatchObject({
      status: "completed",
      state: { topic: "owls at night", log: ["first", "author", "last"], words: 13 },
    });
    expect(await eventsOf(baton, "state_migrated")).toMatchObject([
      { from, to, direction: "up", fields: ["topic"], by: "ada", reason: "release 2" },
    ]);
    expect((await baton.run("r")).pins.fingerprint).toBe(to);
  });

  it("does not repeat a finished call of the step in flight when only names are migrated", async () => {
    const world = shut();
    const folder = await temporaryFolder();
    await failedRun(world, folder);
    world.gate = "open";
    const versions = [letter(world), letter(world, { second: "author" }), letter(world, { second: "poet" })].map(
      fingerprint,
    );
    const [a = "", b = "", c = ""] = versions;
    const migrations = [
      { from: a.slice(0, 12), to: b.slice(0, 12), nodes: { write: "author" } },
      { from: b, to: c, nodes: { author: "poet" } },
    ];
    const baton = await deploy(folder, letter(world, { second: "poet", migrations }));
    const outcome = await (await baton.resume("r", { migrate: true })).result();
    expect(outcome).toMatchObject({ status: "completed", state: { words: 4, log: ["first", "poet", "last"] } });
    expect(world.calls).toEqual(["owls"]);
  });
});

describe("a run under a version that only adds to its own", () => {
  it("goes on, notes what is different, and stands on the new version from then on", async () => {
    const world = shut();
    const folder = await temporaryFolder();
    await failedRun(world, folder);
    const second = letter(world, { inserted: "polish" });
    const baton = await deploy(folder, second);
    expect(await (await baton.resume("r")).result()).toMatchObject({ status: "failed" });
    expect(await eventsOf(baton, "workflow_changed")).toMatchObject([
      {
        from: fingerprint(letter(world)),
        to: fingerprint(second),
        changes: ["node `polish` is new", "edge `write -> last` leads through the new `polish`"],
      },
    ]);

    world.gate = "open";
    const outcome = await (await baton.resume("r")).result();

    expect(outcome).toMatchObject({ status: "completed", state: { log: ["first", "write", "polish", "last"] } });
    expect(await eventsOf(baton, "workflow_changed")).toHaveLength(1);
    expect(world.calls).toEqual(["owls"]);
  });
});

describe("a migration", () => {
  it("is undone with the state it had, and the old version goes on", async () => {
    const world = shut();
    const folder = await temporaryFolder();
    await failedRun(world, folder);
    const [from, to] = [fingerprint(letter(world)), fingerprint(letter(world, { second: "author" }))];
    const migration: Migration = {
      from,
      to,
      nodes: { write: "author" },
      up: (state) => ({ ...state, topic: `${String(state["topic"])}!` }),
      down: (state) => ({ ...state, topic: String(state["topic"]).replace("!", "") }),
    };
    const next = await deploy(folder, letter(world, { second: "author", migrations: [migration] }));
    expect(await next.migrate("r")).toMatchObject({ status: "parked", state: { topic: "owls!" } });
    expect(await next.migrate("r")).toMatchObject({ pins: { fingerprint: to } });

    expect(await next.migrate("r", { to: from.slice(0, 12) })).toMatchObject({
      status: "parked",
      state: { topic: "owls" },
      pins: { fingerprint: from },
    });

    world.gate = "open";
    const outcome = await (await (await deploy(folder, letter(world))).resume("r")).result();
    expect(outcome).toMatchObject({ status: "completed", state: { topic: "owls", log: ["first", "write", "last"] } });
    expect(world.calls).toEqual(["owls"]);
    expect((await eventsOf(next, "state_migrated")).map((event) => "direction" in event && event.direction)).toEqual([
      "up",
      "down",
    ]);
  });

  it.each<[string, Partial<Migration>, string]>([
    [
      "throws",
      {
        up: () => {
          throw new Error("no topic");
        },
      },
      "its `up` threw: no topic",
    ],
    [
      "leaves a field that the state does not have",
      { up: (state) => ({ ...state, tone: "dry" }) },
      "it leaves a field `tone`, which the state does not have",
    ],
    [
      "gives a field a value that does not fit",
      { up: (state) => ({ ...state, topic: 5 }) },
      "the field `topic` does not fit",
    ],
    [
      "removes a field that has no default",
      { up: ({ topic: _topic, ...state }) => state },
      "the field `topic` does not fit",
    ],
  ])("that %s changes nothing", async (_title, functions, why) => {
    const world = shut();
    const folder = await temporaryFolder();
    await failedRun(world, folder);
    const [from, to] = [fingerprint(letter(world)), fingerprint(letter(world, { second: "author" }))];
    const migrations = [{ from, to, nodes: { write: "author" }, ...functions }];
    const baton = await deploy(folder, letter(world, { second: "author", migrations }));
    const before = [await baton.run("r"), await eventsOf(baton, "state_migrated")];
    await expect(baton.resume("r", { migrate: true })).rejects.toMatchObject({
      code: "migration-failed",
      message: expect.stringContaining(why),
    });
    expect([await baton.run("r"), await eventsOf(baton, "state_migrated")]).toEqual(before);
  });

  it("notices a function that changes the state in place", async () => {
    const world = shut();
    const folder = await temporaryFolder();
    await failedRun(world, folder);
    world.gate = "open";
    const [from, to] = [fingerprint(letter(world)), fingerprint(letter(world, { second: "author" }))];
    const up: Migration["up"] = (state) => {
      (state["log"] as string[]).push("migrated");
      return state;
    };
    const migrations = [{ from, to, nodes: { write: "author" }, up }];
    const baton = await deploy(folder, letter(world, { second: "author", migrations }));
    const outcome = await (await baton.resume("r", { migrate: true })).result();
    expect(outcome.state).toMatchObject({ log: ["first", "migrated", "author", "last"] });
  });

  it("makes a run that waits for a person ask again, and the answer to the new question counts", async () => {
    const world: World = { gate: "open", calls: [] };
    const folder = await temporaryFolder();
    await failedRun(world, folder, { asks: true });
    const old = letter(world, { asks: true });
    const renamed = { second: "author", asks: true };
    const migrations = [
      { from: fingerprint(old), to: fingerprint(letter(world, renamed)), nodes: { write: "author" } },
    ];
    const baton = await deploy(folder, letter(world, { ...renamed, migrations }));
    await expect(baton.resume("r", { migrate: true, answer: "yes" })).rejects.toMatchObject({
      code: "answer-unexpected",
    });

    const asked = await (await baton.resume("r", { migrate: true })).result();

    expect(asked).toMatchObject({ status: "interrupted", interrupts: [{ value: "Is it right?" }] });
    const outcome = await (await baton.resume("r", { answer: "!" })).result();
    expect(outcome).toMatchObject({ status: "completed", state: { log: ["first", "author!", "last"] } });
    expect(world.calls).toEqual(["owls"]);
  });
});

describe("what a checkpoint waits for", () => {
  it("is told by its triggers alone as LangGraph tells it, task ids included", async () => {
    const Many = new StateSchema({ items: z.array(z.string()), log: log() });
    let broken = true;
    const fail = async () => {
      if (broken) throw new Error("The gate is shut.");
      return { log: ["done"] };
    };
    const { Send } = await import("@langchain/langgraph");
    const build = () =>
      new StateGraph(Many)
        .addNode("a", async () => ({ log: ["a"] }))
        .addNode("b", async () => ({ log: ["b"] }))
        .addNode("joined", fail)
        .addNode("each", fail)
        .addNode("alone", async () => new Command({ update: { log: ["alone"] } }), { ends: [] })
        .addEdge(START, "a")
        .addEdge(START, "b")
        .addEdge(["a", "b"], "joined")
        .addConditionalEdges("a", ({ items }) => items.map((item) => new Send("each", { items: [item], log: [] })), [
          "each",
        ])
        .addEdge("b", "alone")
        .addEdge("joined", END);
    const flow = workflow({ id: "many", graph: build() });
    const baton = await openBaton({ workflows: [flow], model: scripted([]) });
    const { id, result } = await baton.start("many", { items: ["x", "y"] });
    expect(await result()).toMatchObject({ status: "failed" });
    const saver = await baton.store.reader();
    const head = await saver.getTuple({ configurable: { thread_id: id } });
    if (head === undefined) throw new Error("There is a checkpoint.");
    const shape = { joins: [{ from: ["a", "b"], to: "joined" }] };
    expect(pendingNodes(head.checkpoint, shape).toSorted()).toEqual(["alone", "each", "joined"]);
    // The compiled graph's type has ten parameters; only this one method is asked.
    const graph = build().compile({ checkpointer: saver }) as unknown as {
      getState(config: object): Promise<{ tasks: { id: string }[] }>;
    };
    const state = await graph.getState({ configurable: { thread_id: id } });
    const ids = taskIdsOf(head.checkpoint, pendingNodes(head.checkpoint, shape), (head.metadata?.step ?? 0) + 1);
    expect(ids.toSorted()).toEqual(state.tasks.map((task) => task.id).toSorted());
    broken = false;
    expect(await (await baton.resume(id)).result()).toMatchObject({ status: "completed" });
  });
});
