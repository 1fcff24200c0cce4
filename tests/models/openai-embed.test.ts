import { afterEach, describe, expect, test } from "vitest";

import type { Embed } from "../../core/embed.ts";
import type { JsonObject } from "../../core/json.ts";
import { openaiEmbed, type OpenAIEmbedOptions } from "../../models/openai-embed.ts";
import { errorReply, type OpenAIServer, openaiServer, type ServerScript } from "../../testing/openai-server.ts";

const KEY = "sk-test-1234567890abcdef";
let server: OpenAIServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function embedOn(
  script: ServerScript,
  options: OpenAIEmbedOptions = {},
): Promise<{ embed: Embed; server: OpenAIServer }> {
  server = await openaiServer(script);
  const given = { baseURL: server.url, apiKey: KEY, env: {}, dimensions: 3, retry: { initialDelayMs: 0 }, ...options };
  return { server, embed: openaiEmbed("test-embedding", given) };
}

/** Answers like the endpoint: each vector says how long its text is. `order` shuffles the answer. */
function vectors(order: (data: JsonObject[]) => JsonObject[] = (data) => data): ServerScript[number] {
  return ({ body }) => {
    const texts = body["input"];
    const data = (Array.isArray(texts) ? texts : []).map((text, index) => ({
      object: "embedding",
      index,
      embedding: [String(text).length, 1, 0],
    }));
    return { kind: "raw", status: 200, body: { object: "list", model: "test-embedding", data: order(data) } };
  };
}

function firstNumbers(found: readonly Float32Array[]): readonly number[] {
  return found.map(([first = 0, second = 1]) => Math.round(first / second));
}

describe("a request", () => {
  test("carries the model, the texts and the key; vectors come back in the order of the texts, at length 1", async () => {
    const { embed, server } = await embedOn([vectors((data) => data.toReversed())]);
    const found = await embed.embed(["a", "bbb", "cc"]);
    expect(firstNumbers(found)).toEqual([1, 3, 2]);
    for (const vector of found) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    expect(server.requests).toMatchObject([
      {
        path: "/v1/embeddings",
        headers: { authorization: `Bearer ${KEY}` },
        body: { model: "test-embedding", input: ["a", "bbb", "cc"], encoding_format: "float" },
      },
    ]);
  });

  test("many texts go in batches of the given size, long ones in fewer", async () => {
    const { embed, server } = await embedOn([vectors(), vectors(), vectors(), vectors()], { batchSize: 2 });
    await embed.embed(["a", "bb", "ccc"]);
    expect(server.requests.map(({ body }) => body["input"])).toEqual([["a", "bb"], ["ccc"]]);
    await embed.embed(["x".repeat(150_000), "y".repeat(150_001)]);
    expect(server.requests).toHaveLength(4);
  });

  test("no text makes no request", async () => {
    const { embed, server } = await embedOn([]);
    expect(await embed.embed([])).toEqual([]);
    expect(server.requests).toEqual([]);
  });
});

describe("the cache", () => {
  test("a text is embedded once, whoever asks for it, one after the other or at the same time", async () => {
    const { embed, server } = await embedOn([vectors(), vectors()]);
    await Promise.all([embed.embed(["one", "two"]), embed.embed(["two", "one", "one"])]);
    await embed.embed(["one", "three"]);
    expect(server.requests.map(({ body }) => body["input"])).toEqual([["one", "two"], ["three"]]);
  });

  test("a failure is not remembered", async () => {
    const { embed } = await embedOn([errorReply(400, { message: "no" }), vectors()]);
    await expect(embed.embed(["one"])).rejects.toMatchObject({ code: "model-failed" });
    expect(await embed.embed(["one"])).toHaveLength(1);
  });

  test("keeps the last used texts only, and a call of more texts than it holds is whole", async () => {
    const { embed, server } = await embedOn([vectors(), vectors()], { cacheSize: 2 });
    expect(await embed.embed(["a", "b", "c", "d"])).toHaveLength(4);
    await embed.embed(["d", "c"]);
    expect(server.requests).toHaveLength(1);
    await embed.embed(["a"]);
    expect(server.requests).toHaveLength(2);
  });

  test("who aborts does not take the answer from others", async () => {
    const { embed } = await embedOn([vectors()]);
    const stop = new AbortController();
    const aborted = embed.embed(["shared"], { signal: stop.signal });
    const other = embed.embed(["shared"]);
    stop.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    expect(await other).toHaveLength(1);
  });
});

describe("failures", () => {
  test.each([
    ["a busy endpoint", errorReply(429, { message: "slow down" }, { "retry-after": "0" })],
    ["a broken connection", { kind: "reset" } as const],
    ["a server error", errorReply(503, { message: "later" })],
  ])("%s is asked again", async (_, reply) => {
    const { embed, server } = await embedOn([reply, vectors()]);
    expect(await embed.embed(["a"])).toHaveLength(1);
    expect(server.requests).toHaveLength(2);
  });

  test("an endpoint that stays away fails as unavailable after the last attempt, without the key in the text", async () => {
    const { embed, server } = await embedOn(
      Array.from({ length: 3 }, () => errorReply(500, { message: `key ${KEY}` })),
    );
    const failure = await embed.embed(["a"]).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "model-unavailable", attempts: 3 });
    expect(String(failure)).not.toContain(KEY);
    expect(server.requests).toHaveLength(3);
  });

  test.each([
    ["vectors of another length", { data: [{ index: 0, embedding: [1, 2] }] }, "vectors of 2 numbers"],
    ["too few vectors", { data: [] }, "0 vectors for 1 texts"],
    ["a vector for another text", { data: [{ index: 4, embedding: [1, 2, 3] }] }, "text 4 of 1"],
    ["no numbers", { data: [{ index: 0, embedding: ["a", null, 1] }] }, "no numbers"],
    ["something else", { choices: [] }, "0 vectors"],
  ])("%s are refused as embedding-invalid and not asked for again", async (_, body, message) => {
    const { embed, server } = await embedOn([{ kind: "raw", status: 200, body }]);
    await expect(embed.embed(["a"])).rejects.toMatchObject({
      code: "embedding-invalid",
      message: expect.stringContaining(message),
    });
    expect(server.requests).toHaveLength(1);
  });
});

describe("without a call", () => {
  test("OpenAI's own models know how long their vectors are; others must say it", () => {
    expect(openaiEmbed().dimensions).toBe(1_536);
    expect(openaiEmbed("text-embedding-3-large").ref).toBe("openai/text-embedding-3-large");
    expect(() => openaiEmbed("nomic-embed-text")).toThrow(expect.objectContaining({ code: "config-invalid" }));
    expect(() => openaiEmbed("nomic-embed-text", { dimensions: 0 })).toThrow("no length");
  });

  test("a missing key is named", () => {
    expect(() => openaiEmbed("text-embedding-3-small", { env: {} }).check()).toThrow(
      expect.objectContaining({ code: "model-key-missing" }),
    );
  });
});
