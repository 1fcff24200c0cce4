import { AsyncLocalStorage } from "node:async_hooks";

import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, type Baton, type Model, openai, tool, workflow } from "batonjs";
import { type FaultScenario, faultScenarios, faultServer } from "batonjs/testing";
import pLimit from "p-limit";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { openBaton } from "../support/baton.ts";
import { expectFitting } from "../support/fitting-events.ts";

const State = new StateSchema({ topic: z.string(), line: z.string().default("") });
const ANSWER = { line: "Tea." };
const PROMPT = '---\ninput:\n  schema:\n    topic: string\n---\n{{role "user"}}\nScenario: {{topic}}.\n';

let looked = 0;
const look = tool({
  name: "look",
  description: "Looks something up.",
  input: z.object({ word: z.string() }),
  effect: "read",
  run: async () => {
    looked += 1;
    return "nothing";
  },
});
const writer = agent(State, { prompt: "line", reads: ["topic"], writes: ["line"], tools: [look] });
// A node policy that would try everything three times, if it were asked.
const flow = workflow({
  id: "line",
  graph: new StateGraph(State)
    .addNode("writer", writer, { retryPolicy: { maxAttempts: 3, initialInterval: 1, jitter: false } })
    .addEdge(START, "writer")
    .addEdge("writer", END),
});

const SCENARIOS = faultScenarios({ answer: ANSWER, tool: ["look", { word: "tea" }] });
const MODES = ["whole", "streamed"] as const;
const FAST = { initialDelayMs: 1, maxDelayMs: 1 };
const SHORT = { timeoutMs: 400, idleTimeoutMs: 200 };

interface Played {
  readonly outcome: Awaited<ReturnType<Awaited<ReturnType<Baton["start"]>>["result"]>>;
  readonly requests: number;
  readonly commits: number;
}

/** Every scenario in both modes, all on one Baton; the tests only look at what came of it. */
const played = new Map<string, Played>();

interface Faulty {
  readonly model: Model;
  readonly isStreamed: boolean;
}

/** The model of the run under way. */
const current = new AsyncLocalStorage<Faulty>();

const dispatcher: Model = {
  ref: "faulty",
  settings: {},
  check: () => undefined,
  probe: async () => "fine",
  async generate(request, options) {
    const faulty = current.getStore();
    if (faulty === undefined) throw new Error("A call outside of every scenario.");
    return await faulty.model.generate(request, faulty.isStreamed ? { ...options, onToken: () => undefined } : options);
  },
};

async function play(): Promise<void> {
  const baton = await openBaton({ workflows: [flow], model: dispatcher, prompts: { line: PROMPT } });
  const few = pLimit(12);
  await Promise.all(
    SCENARIOS.flatMap((scenario) => MODES.map(async (mode) => few(async () => await playOne(baton, scenario, mode)))),
  );
}

async function playOne(baton: Baton, scenario: FaultScenario, mode: (typeof MODES)[number]): Promise<void> {
  await using server = await faultServer(scenario);
  const patience = scenario.isSlow === true ? SHORT : {};
  const model = openai("test-model", { baseURL: server.url, retry: FAST, ...patience });
  const key = `${scenario.name} ${mode}`;
  await current.run({ model, isStreamed: mode === "streamed" }, async () => {
    const { id, result } = await baton.start("line", { topic: key });
    const outcome = await result();
    const events = await baton.events(id);
    expectFitting(events);
    const commits = events.filter((event) => event.type === "step_committed" && event.step > 0).length;
    played.set(key, { outcome, requests: server.requests.length, commits });
  });
}

function ofMode(scenario: FaultScenario, mode: (typeof MODES)[number]): Played {
  const found = played.get(`${scenario.name} ${mode}`);
  if (found === undefined) throw new Error(`\`${scenario.name}\` was not played.`);
  return found;
}

describe("F23 F24 F26 F27: a provider's fault", () => {
  it("is one of at least forty", () => {
    expect(SCENARIOS.length).toBeGreaterThanOrEqual(40);
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
  });

  it("is played in both modes", async () => {
    await play();
    expect(played.size).toBe(SCENARIOS.length * 2);
  });

  describe.each(MODES)("(%s)", (mode) => {
    it.each(SCENARIOS)("$name ends as documented: $ends $code", (scenario) => {
      const { outcome, requests, commits } = ofMode(scenario, mode);
      expect({ status: outcome.status, code: outcome.error?.code }).toEqual({
        status: scenario.ends,
        code: scenario.code,
      });
      // Nothing partial: the whole answer, or the field as it was.
      expect(outcome.state["line"]).toBe(scenario.ends === "completed" ? ANSWER.line : "");
      expect(commits).toBe(scenario.ends === "completed" ? 1 : 0);
      expect(requests).toBeGreaterThanOrEqual(1);
      expect(requests).toBeLessThanOrEqual(scenario.requests);
    });
  });

  it("makes no tool run but in the endless loop, where each call was whole", () => {
    expect(looked).toBe(2 * 10);
  });
});
