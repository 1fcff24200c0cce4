import { afterEach, describe, expect, test } from "vitest";

import type { GenerateOptions, Model, ModelRequest } from "../../models/model.ts";
import { openai, type OpenAIOptions } from "../../models/openai.ts";
import {
  errorReply,
  type OpenAIServer,
  openaiServer,
  type OpenAIServerOptions,
  type ServerScript,
} from "../../testing/openai-server.ts";
import { modelRequest, objectSchema } from "./request.ts";

const KEY = "sk-test-1234567890abcdef";
const HELLO = { kind: "completion", content: { reply: "Grüße, 世界 👋🏽!" } } as const;
const NO_WAIT = { maxAttempts: 1 };

let server: OpenAIServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function modelOn(
  script: ServerScript,
  options: OpenAIOptions = {},
  serverOptions: OpenAIServerOptions = {},
): Promise<{ model: Model; server: OpenAIServer }> {
  server = await openaiServer(script, serverOptions);
  return {
    server,
    model: openai(`test-model`, { baseURL: server.url, apiKey: KEY, env: {}, retry: NO_WAIT, ...options }),
  };
}

async function streamed(model: Model, request: ModelRequest = modelRequest(), options: GenerateOptions = {}) {
  const tokens: string[] = [];
  const response = await model.generate(request, { ...options, onToken: (text) => tokens.push(text) });
  return { response, tokens };
}

describe("a request", () => {
  test("carries the messages, the strict schema, the settings and the key", async () => {
    const { model, server } = await modelOn([HELLO], { temperature: 0.2, maxOutputTokens: 100 });
    await model.generate(modelRequest({ settings: { temperature: 0.7, stopSequences: ["END"] } }));
    const [request] = server.requests;
    expect(request?.path).toBe("/v1/chat/completions");
    expect(request?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(request?.body).toEqual({
      model: "test-model",
      messages: modelRequest().messages,
      temperature: 0.7,
      max_tokens: 100,
      stop: ["END"],
      stream: false,
      response_format: {
        type: "json_schema",
        json_schema: { name: "update", schema: objectSchema({ reply: { type: "string" } }), strict: true },
      },
    });
  });

  test("asks for a schema that is not strict as such", async () => {
    const { model, server } = await modelOn([HELLO]);
    await model.generate(modelRequest({ output: { name: "update", schema: { type: "object" }, strict: false } }));
    expect(server.requests[0]?.body["response_format"]).toMatchObject({ json_schema: { strict: false } });
  });

  test("notes a setting that it cannot send", async () => {
    const { model, server } = await modelOn([HELLO]);
    const { notes } = await model.generate(modelRequest({ settings: { topK: 3 } }));
    expect(notes).toEqual(["Setting `topK` is not known to openai() and was not sent."]);
    expect(server.requests[0]?.body).not.toHaveProperty("topK");
  });

  test("goes through the given fetch", async () => {
    const urls: string[] = [];
    const { model } = await modelOn([HELLO], {
      fetch: (url, init) => {
        urls.push(String(url instanceof Request ? url.url : url));
        return fetch(url, init);
      },
    });
    await model.generate(modelRequest());
    expect(urls).toEqual([`${server?.url}/chat/completions`]);
  });
});

describe("an answer", () => {
  test("comes with its text, model and usage", async () => {
    const { model } = await modelOn([HELLO]);
    expect(await model.generate(modelRequest())).toEqual({
      text: JSON.stringify(HELLO.content),
      finish: "stop",
      model: "test-model",
      usage: { inputTokens: 7, outputTokens: 5 },
    });
  });

  test.each([1, 2, 3, 7, 1000])("is the same when streamed in pieces of %i bytes", async (pieceBytes) => {
    const { model } = await modelOn([{ ...HELLO, delivery: { pieceBytes } }]);
    const { response, tokens } = await streamed(model);
    expect(response).toEqual({
      text: JSON.stringify(HELLO.content),
      finish: "stop",
      model: "test-model",
      usage: { inputTokens: 7, outputTokens: 5 },
    });
    expect(tokens.length).toBeGreaterThan(3);
    expect(tokens.join("")).toBe(response.text);
  });

  test.each([
    { reply: { content: "{", finish: "length" }, finish: "length" },
    { reply: { content: "", finish: "content_filter" }, finish: "content_filter" },
    { reply: { content: "", refusal: "I cannot help with that." }, finish: "refusal" },
  ] as const)("that ends by $finish says so, streamed or not", async ({ reply, finish }) => {
    const { model } = await modelOn([
      { kind: "completion", ...reply },
      { kind: "completion", ...reply },
    ]);
    expect((await model.generate(modelRequest())).finish).toBe(finish);
    expect((await streamed(model)).response.finish).toBe(finish);
  });

  test("without usage says so, and that its cost is unknown", async () => {
    const { model } = await modelOn([{ ...HELLO, usage: null }]);
    const { usage, notes } = await model.generate(modelRequest());
    expect(usage).toEqual({ inputTokens: 0, outputTokens: 0 });
    expect(notes).toEqual(["The endpoint reported no token usage: tokens and cost of this call are unknown."]);
  });
});

describe("a stream that is cut", () => {
  const events = JSON.stringify(HELLO.content).match(/[\s\S]{1,3}/gu)?.length ?? 0;
  const beforeFinish = Array.from({ length: events + 2 }, (_, index) => index);

  test.each(beforeFinish)("after %i events never becomes an answer", async (count) => {
    const { model } = await modelOn([
      { ...HELLO, delivery: { endAfterEvents: count } },
      { ...HELLO, delivery: { breakAfterEvents: count } },
    ]);
    await expect(streamed(model)).rejects.toMatchObject({
      name: "ModelError",
      code: "model-unavailable",
      retryable: true,
    });
    await expect(streamed(model)).rejects.toMatchObject({
      name: "ModelError",
      code: "model-unavailable",
      retryable: true,
    });
  });

  test("is asked again, and the listener is told that the text starts anew", async () => {
    const { model } = await modelOn([{ ...HELLO, delivery: { breakAfterEvents: 4 } }, HELLO], {
      retry: { initialDelayMs: 1 },
    });
    let heard = "";
    let restarts = 0;
    const options = { onToken: (text: string) => (heard += text), onRestart: () => ((heard = ""), restarts++) };
    const { text } = await model.generate(modelRequest(), options);
    expect({ heard, restarts }).toEqual({ heard: text, restarts: 1 });
  });

  test("in a body that is not streamed is no answer either", async () => {
    const { model } = await modelOn([{ ...HELLO, delivery: { breakAfterEvents: 1 } }]);
    await expect(model.generate(modelRequest())).rejects.toMatchObject({ name: "ModelError", retryable: true });
  });
});

describe("an endpoint without JSON schemas", () => {
  test("gets JSON mode with the schema as a message, once found out for the whole process", async () => {
    const { model, server } = await modelOn([HELLO, HELLO], {}, { refusesJsonSchema: true });
    const first = await model.generate(modelRequest());
    const second = await model.generate(modelRequest());
    const formats = server.requests.map(({ body }) => body["response_format"]);
    expect(formats).toMatchObject([{ type: "json_schema" }, { type: "json_object" }, { type: "json_object" }]);
    expect(server.requests[1]?.body["messages"]).toMatchObject([
      { role: "system" },
      { role: "system", content: expect.stringContaining('"reply"') },
      { role: "user" },
    ]);
    const note = [
      "The endpoint of `test-model` refuses a JSON schema: JSON mode was used, and the answer is checked only here.",
    ];
    expect([first.notes, second.notes]).toEqual([note, note]);
  });

  test("is not assumed when a 400 has another reason", async () => {
    const { model, server } = await modelOn([
      errorReply(400, { message: "This model's maximum context length is 8 tokens.", code: "context_length_exceeded" }),
      HELLO,
    ]);
    await expect(model.generate(modelRequest())).rejects.toMatchObject({ code: "model-failed", status: 400 });
    await model.generate(modelRequest());
    expect(server.requests[1]?.body["response_format"]).toMatchObject({ type: "json_schema" });
  });

  test("is not remembered when JSON mode fails too", async () => {
    const refusal = errorReply(400, { message: "Bad request" });
    const { model, server } = await modelOn([refusal, refusal, HELLO]);
    await expect(model.generate(modelRequest())).rejects.toMatchObject({ status: 400 });
    await model.generate(modelRequest());
    expect(server.requests.map(({ body }) => body["response_format"])).toMatchObject([
      { type: "json_schema" },
      { type: "json_object" },
      { type: "json_schema" },
    ]);
  });
});

describe("time", () => {
  test.each([
    { name: "an endpoint that says nothing", reply: { kind: "hang" }, options: { timeoutMs: 60 } },
    { name: "a stream that falls silent", reply: { kind: "hang", afterHeaders: true }, options: { idleTimeoutMs: 60 } },
    { name: "a slow drip", reply: { ...HELLO, delivery: { pieceBytes: 1, pauseMs: 20 } }, options: { timeoutMs: 150 } },
  ] as const)("ends $name", async ({ reply, options }) => {
    const { model } = await modelOn([reply], options);
    await expect(streamed(model)).rejects.toMatchObject({
      name: "ModelError",
      retryable: true,
      message: expect.stringContaining("took too long"),
    });
  });

  test.each(["hang", "drip"] as const)(
    "is the caller's: an abort during a %s throws the signal's own reason",
    async (kind) => {
      const { model } = await modelOn([
        kind === "hang" ? { kind } : { ...HELLO, delivery: { pieceBytes: 1, pauseMs: 20 } },
      ]);
      const controller = new AbortController();
      const reason = new Error("The user pressed Ctrl-C");
      setTimeout(() => controller.abort(reason), 50);
      await expect(streamed(model, modelRequest(), { signal: controller.signal })).rejects.toBe(reason);
    },
  );

  test("is not spent at all once the signal has aborted", async () => {
    const { model, server } = await modelOn([HELLO]);
    await expect(model.generate(modelRequest(), { signal: AbortSignal.abort(new Error("stop")) })).rejects.toThrow(
      "stop",
    );
    expect(server.requests).toEqual([]);
  });
});

describe("the model itself", () => {
  test("has a ref and settings without the key", () => {
    const model = openai("gpt-5-mini", {
      apiKey: KEY,
      env: {},
      temperature: 0,
      headers: { "x-gateway": "secret-of-gateway" },
    });
    expect(model.ref).toBe("openai/gpt-5-mini");
    expect(model.settings).toEqual({
      provider: "openai",
      model: "gpt-5-mini",
      baseURL: "https://api.openai.com/v1",
      temperature: 0,
    });
  });

  test.each([
    { env: {}, works: false },
    { env: { OPENAI_API_KEY: " " }, works: false },
    { env: { OPENAI_API_KEY: KEY }, works: true },
    { env: { OPENAI_BASE_URL: "https://models.example.com/v1" }, works: false },
    { env: { OPENAI_BASE_URL: "http://localhost:11434/v1" }, works: true },
    { env: { OPENAI_BASE_URL: "http://192.168.1.4:8000/v1" }, works: true },
    { env: { OPENAI_BASE_URL: "http://vllm:8000/v1" }, works: true },
    { env: { OPENAI_BASE_URL: "http://[::1]:8000/v1" }, works: true },
  ])("with $env needs no other key: $works", async ({ env, works }) => {
    const model = openai("gpt-5-mini", { env });
    if (works) expect(() => model.check()).not.toThrow();
    else expect(() => model.check()).toThrow(expect.objectContaining({ code: "model-key-missing" }));
  });

  test("throws model-key-missing also when it is called unchecked", async () => {
    await expect(openai("gpt-5-mini", { env: {} }).generate(modelRequest())).rejects.toMatchObject({
      code: "model-key-missing",
    });
  });

  test.each([
    "localhost:11434",
    "ftp://models",
    "https://user:password@models.example.com/v1",
    "https://models.example.com/v1?key=abc",
  ])("refuses the base URL %s", (baseURL) => {
    expect(() => openai("m", { baseURL, env: {} })).toThrow(expect.objectContaining({ code: "config-invalid" }));
    expect(() => openai("m", { baseURL, env: {} })).not.toThrow(/password|key=abc/);
  });

  test("probes the endpoint without a generation", async () => {
    const { model, server } = await modelOn([], {}, { models: ["test-model"] });
    expect(await model.probe()).toBe(`${server.url} answers and has \`test-model\``);
    expect(server.requests).toEqual([]);
  });

  test("fails its probe when the endpoint does not have the model", async () => {
    const { model } = await modelOn([], {}, { models: ["other"] });
    await expect(model.probe()).rejects.toMatchObject({ code: "model-failed", status: 404 });
  });
});
