import { ReducedValue, StateSchema } from "@langchain/langgraph";
import { agent } from "batonjs";
import { scripted, testConfig } from "batonjs/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const Brief = new StateSchema({
  topic: z.string(),
  secret: z.string().default(""),
  facts: new ReducedValue(z.array(z.string()).default([]), { reducer: (known, found) => known.concat(found) }),
  draft: z.string().default(""),
});

describe("agent", () => {
  it("gives the prompt exactly its `reads` and returns exactly its `writes`", async () => {
    const writer = agent(Brief, { prompt: "write", reads: ["topic", "facts"], writes: ["draft"] });
    const model = scripted([{ answer: { draft: "Tea is a leaf." } }]);
    const config = testConfig({ model });

    const state = { topic: "tea", facts: ["a leaf"], draft: "old", secret: "s3cret" };
    await expect(writer(state, config)).resolves.toEqual({ draft: "Tea is a leaf." });

    expect(model.requests[0]?.input).toEqual({ topic: "tea", facts: ["a leaf"] });
    expect(JSON.stringify(model.requests)).not.toContain("s3cret");
    model.assertUsedUp();
  });

  it("refuses to read a field whose place in the prompt its memory takes", () => {
    const Log = new StateSchema({ recalled: z.string(), draft: z.string().default("") });
    expect(() => agent(Log, { prompt: "write", reads: ["recalled"], writes: ["draft"] })).toThrow(
      expect.objectContaining({ code: "workflow-invalid", message: expect.stringContaining("`recalled`") }),
    );
  });

  it("puts what it recalled into the request, with its source", async () => {
    const researcher = agent(Brief, {
      prompt: "research",
      reads: ["topic"],
      writes: ["facts"],
      memory: { layers: ["vector"] },
    });
    const model = scripted([{ answer: { facts: ["steep it for three minutes"] } }]);
    const item = {
      id: "1",
      text: "Steep it for three minutes.",
      group: "tea.md",
      order: 0,
      time: 0,
      meta: { file: "tea.md", line: 4 },
    };
    const config = testConfig({ model, recalled: [item] });

    await researcher({ topic: "tea" }, config);

    expect(model.requests[0]?.passages).toEqual([
      { text: "Steep it for three minutes.", meta: { file: "tea.md", line: 4 } },
    ]);
    expect(config.events.map((event) => event.type)).toEqual(["memory_recalled", "prompt_rendered", "model_called"]);
  });

  it("refuses an answer that was cut off", async () => {
    const writer = agent(Brief, { prompt: "write", reads: ["topic"], writes: ["draft"] });
    const model = {
      ...scripted([]),
      generate: async () =>
        ({
          text: '{"draft":"Tea is',
          finish: "length",
          usage: { inputTokens: 1, outputTokens: 9 },
          model: "m",
        }) as const,
    };
    await expect(writer({ topic: "tea" }, testConfig({ model }))).rejects.toMatchObject({ code: "model-truncated" });
  });

  it("says that it needs a run when it is called without one", async () => {
    const writer = agent(Brief, { prompt: "write", reads: ["topic"], writes: ["draft"] });
    await expect(writer({ topic: "tea" }, {})).rejects.toMatchObject({
      code: "agent-outside-run",
      hint: expect.stringContaining("testConfig()"),
    });
  });
});
