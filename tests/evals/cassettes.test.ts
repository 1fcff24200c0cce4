import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import type { Case } from "../../evals/case.ts";
import { openCassette } from "../../evals/cassettes/cassette.ts";
import { executeCell } from "../../evals/execute.ts";
import { singleScorer } from "./scorers/single-scorer.ts";
import type { OpenTarget } from "../../evals/target.ts";
import { withFetch } from "../../models/scoped-fetch.ts";
import { openai } from "../../models/openai.ts";
import { openaiServer } from "../../testing/openai-server.ts";
import { modelRequest } from "../models/request.ts";

const CLOSURES = { "brief/write": "a1".repeat(32) };
const GREETING = "Grüße, 世界 👋🏽!";
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-cassettes-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function modelAt(baseURL: string) {
  return openai("test-model", {
    baseURL,
    apiKey: "sk-canary-0123456789abcdef0123",
    env: {},
    retry: { maxAttempts: 1 },
  });
}

async function cassette(name: string, mode: "record" | "replay" | "auto" | "refresh") {
  return await openCassette(join(folder, name), name, mode);
}

test("a recorded call is answered without the network, streamed or not, whatever cut its characters", async () => {
  await using server = await openaiServer([
    { kind: "completion", content: { reply: GREETING } },
    { kind: "completion", content: { reply: GREETING }, delivery: { pieceBytes: 1 } },
  ]);
  const model = modelAt(server.url);
  const recording = await cassette("hello.jsonl", "record");
  const { wrap } = recording.tape({ repeat: 1, closures: CLOSURES });
  const live = await withFetch(wrap, async () => await model.generate(modelRequest()));
  const liveTokens: string[] = [];
  const onToken = (token: string) => void liveTokens.push(token);
  const streamed = await withFetch(wrap, async () => await model.generate(modelRequest(), { onToken }));
  await recording.save({ OPENAI_API_KEY: "sk-canary-0123456789abcdef0123" });
  await server.close();

  const player = await cassette("hello.jsonl", "replay");
  const played = player.tape({ repeat: 1, closures: CLOSURES });
  const tokens: string[] = [];
  expect(await withFetch(played.wrap, async () => await model.generate(modelRequest()))).toEqual(live);
  const again = await withFetch(
    played.wrap,
    async () => await model.generate(modelRequest(), { onToken: (token) => void tokens.push(token) }),
  );
  expect(again).toEqual(streamed);
  expect(tokens.join("")).toBe(liveTokens.join(""));
  expect(JSON.parse(again.text)).toEqual({ reply: GREETING });
  expect(played.misses).toEqual([]);
});

test("equal requests are played in the order in which they came, and each repeat has its own", async () => {
  await using server = await openaiServer(
    [1, 2, 3].map((number) => ({ kind: "completion", content: { reply: `answer ${number}` } }) as const),
  );
  const model = modelAt(server.url);
  const recording = await cassette("order.jsonl", "record");
  const first = recording.tape({ repeat: 1, closures: CLOSURES });
  const second = recording.tape({ repeat: 2, closures: CLOSURES });
  const ask = async (wrap: typeof first.wrap) =>
    JSON.parse((await withFetch(wrap, async () => await model.generate(modelRequest()))).text).reply;
  const live = [await ask(first.wrap), await ask(second.wrap), await ask(first.wrap)];
  await recording.save({});
  const player = await cassette("order.jsonl", "replay");
  const [one, two] = [player.tape({ repeat: 1, closures: CLOSURES }), player.tape({ repeat: 2, closures: CLOSURES })];
  expect([await ask(one.wrap), await ask(two.wrap), await ask(one.wrap)]).toEqual(live);
  expect(server.requests).toHaveLength(3);
});

test("what changes from call to call does not make another request", async () => {
  await using server = await openaiServer([{ kind: "completion", content: { reply: "once" } }]);
  const recording = await cassette("volatile.jsonl", "auto");
  const post = async (body: object) =>
    await withFetch(recording.tape({ repeat: 1, closures: CLOSURES }).wrap, async () => {
      const { scopedFetch } = await import("../../models/scoped-fetch.ts");
      const response = await scopedFetch(undefined)(`${server.url}/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return response.status;
    });
  expect(await post({ model: "m", messages: [], user: "a" })).toBe(200);
  expect(await post({ messages: [], model: "m", user: "b", metadata: { id: "7" } })).toBe(200);
  expect(server.requests).toHaveLength(1);
});

test("a missing recording fails the execution although the target swallows its error, and nothing reaches the network", async () => {
  await using server = await openaiServer([]);
  const model = modelAt(server.url);
  const target: OpenTarget = {
    identity: "swallows",
    pins: [],
    closures: CLOSURES,
    check() {},
    async run(_input, signal) {
      await model.generate(modelRequest(), { signal }).catch(() => undefined);
      return {
        output: "fine",
        trace: { ms: 1, usage: { inputTokens: 0, outputTokens: 0 }, modelCalls: 0, tools: [], nodes: [] },
      };
    },
  };
  const tape = (await cassette("missing.jsonl", "replay")).tape({ repeat: 1, closures: CLOSURES });
  const given: Case = { id: "c", input: {}, expected: "fine", group: undefined, mustPass: false };
  const scorers = [{ scorer: singleScorer("exact", {}), gates: true }];
  const outcome = await executeCell({ target, case: given, scorers, signal: new AbortController().signal, tape });
  expect(outcome).toMatchObject({ outcome: "infrastructure", error: expect.stringContaining("missing.jsonl") });
  expect(server.requests).toEqual([]);
});

test("a stale cassette names the prompt whose closure changed", async () => {
  const player = await cassette("hello.jsonl", "replay");
  const tape = player.tape({ repeat: 1, closures: { "brief/write": "b2".repeat(32) } });
  const changed = modelRequest({ messages: [{ role: "user", content: "Say goodbye." }] });
  await expect(
    withFetch(tape.wrap, async () => await modelAt("http://127.0.0.1:9/v1").generate(changed)),
  ).rejects.toMatchObject({ name: "ModelError" });
  expect(tape.misses[0]).toContain("stale for `brief/write`: closure a1a1a1a1 → b2b2b2b2");
});

test("S11: no key of the environment, of a header or of a text gets into a cassette", async () => {
  const canaries = ["AKIAIOSFODNN7EXAMPLE", "sk-canary-0123456789abcdef0123", "hunter2hunter2"];
  await using server = await openaiServer([
    { kind: "completion", content: { reply: `my password is ${canaries[2]} and ${canaries[0]}` } },
  ]);
  const recording = await cassette("secrets.jsonl", "record");
  const { wrap } = recording.tape({ repeat: 1, closures: CLOSURES });
  await withFetch(
    wrap,
    async () =>
      await modelAt(server.url).generate(modelRequest({ messages: [{ role: "user", content: canaries[1] ?? "" }] })),
  );
  await recording.save({ SERVICE_PASSWORD: canaries[2] });
  const text = readFileSync(join(folder, "secrets.jsonl"), "utf8");
  for (const canary of canaries) expect(text).not.toContain(canary);
  expect(text).toContain("[secret]");
  expect(text.toLowerCase()).not.toContain("authorization");
});

test("a recording from this machine is marked synthetic, also where the key is a word of its format", async () => {
  await using server = await openaiServer([{ kind: "completion", content: { reply: "made by a rule" } }]);
  const recording = await cassette("synthetic.jsonl", "record");
  const { wrap } = recording.tape({ repeat: 1, closures: CLOSURES });
  await withFetch(wrap, async () => await modelAt(server.url).generate(modelRequest()));
  await recording.save({ OPENAI_API_KEY: "synthetic" });
  expect(JSON.parse(readFileSync(join(folder, "synthetic.jsonl"), "utf8"))).toMatchObject({ synthetic: true });
  const player = await cassette("synthetic.jsonl", "replay");
  expect(player.playedSynthetic).toBe(false);
  const played = player.tape({ repeat: 1, closures: CLOSURES });
  await withFetch(played.wrap, async () => await modelAt(server.url).generate(modelRequest()));
  expect(player.playedSynthetic).toBe(true);
});

test("a damaged cassette is refused with its line", async () => {
  const { writeFileSync } = await import("node:fs");
  writeFileSync(join(folder, "damaged.jsonl"), "{}\n");
  await expect(cassette("damaged.jsonl", "replay")).rejects.toMatchObject({
    code: "suite-invalid",
    message: expect.stringContaining("damaged.jsonl:1"),
  });
});
