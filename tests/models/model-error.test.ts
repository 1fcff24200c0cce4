import { afterEach, describe, expect, test } from "vitest";

import { serializeError } from "../../core/errors.ts";
import { providerText } from "../../models/model-error.ts";
import { openai } from "../../models/openai.ts";
import { retryAfterMs } from "../../models/retry-after.ts";
import { errorReply, type OpenAIServer, openaiServer, type ServerReply } from "../../testing/openai-server.ts";
import { modelRequest } from "./request.ts";

const KEY = "nobodys0123456789abcdefghijk";
const PAGE = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>";

let server: OpenAIServer | undefined;
afterEach(async () => server?.close());

async function failure(reply: ServerReply, isStreamed: boolean): Promise<unknown> {
  server = await openaiServer([reply]);
  const model = openai("test-model", { baseURL: server.url, apiKey: KEY, env: {}, retry: { maxAttempts: 1 } });
  return model
    .generate(modelRequest(), isStreamed ? { onToken: () => undefined } : {})
    .catch((error: unknown) => error);
}

describe.each([false, true])("a failed request (streamed: %s)", (isStreamed) => {
  test.each([
    {
      name: "401",
      reply: errorReply(401, { message: "Incorrect API key provided", code: "invalid_api_key" }),
      expected: { code: "model-failed", status: 401, retryable: false },
    },
    {
      name: "403",
      reply: errorReply(403, { message: "Country not supported" }),
      expected: { code: "model-failed", status: 403, retryable: false },
    },
    {
      name: "404",
      reply: errorReply(404, { message: "No such model" }),
      expected: { code: "model-failed", status: 404, retryable: false },
    },
    {
      name: "408",
      reply: errorReply(408, { message: "Timeout" }),
      expected: { code: "model-unavailable", status: 408, retryable: true },
    },
    {
      name: "422",
      reply: errorReply(422, { message: "Unprocessable" }),
      expected: { code: "model-failed", status: 422, retryable: false },
    },
    {
      name: "429",
      reply: errorReply(429, { message: "Slow down" }),
      expected: { code: "model-unavailable", status: 429, retryable: true },
    },
    {
      name: "an exhausted quota",
      reply: errorReply(429, { message: "Pay", code: "insufficient_quota" }),
      expected: { code: "model-unavailable", status: 429, retryable: false },
    },
    {
      name: "500",
      reply: errorReply(500, { message: "Oops" }),
      expected: { code: "model-unavailable", status: 500, retryable: true },
    },
    {
      name: "529",
      reply: errorReply(529, { message: "Overloaded" }),
      expected: { code: "model-unavailable", status: 529, retryable: true },
    },
    {
      name: "a forbidden retry",
      reply: errorReply(500, { message: "Oops" }, { "x-should-retry": "false" }),
      expected: { status: 500, retryable: false },
    },
    {
      name: "a gateway's page",
      reply: { kind: "raw", status: 502, body: PAGE },
      expected: {
        status: 502,
        retryable: true,
        message: expect.stringContaining('an HTML page titled "502 Bad Gateway"'),
      },
    },
    {
      name: "a page instead of an answer",
      reply: { kind: "raw", status: 200, body: PAGE },
      expected: { code: "model-failed", retryable: false, hint: expect.stringContaining("base URL") },
    },
    { name: "a broken connection", reply: { kind: "reset" }, expected: { code: "model-unavailable", retryable: true } },
  ] as const)("tells of $name", async ({ reply, expected }) => {
    expect(await failure(reply, isStreamed)).toMatchObject({ name: "ModelError", ...expected });
  });

  test("that is wrapped in a successful answer is a failure all the same", async () => {
    const body = { error: { code: 429, message: "Rate limited upstream" } };
    const reply: ServerReply = isStreamed
      ? {
          kind: "raw",
          status: 200,
          body: `data: ${JSON.stringify(body)}\n\ndata: [DONE]\n\n`,
          headers: { "content-type": "text/event-stream" },
        }
      : { kind: "raw", status: 200, body };
    expect(await failure(reply, isStreamed)).toMatchObject({
      status: 429,
      retryable: true,
      message: expect.stringContaining("answered with an error 429: Rate limited upstream"),
    });
  });

  test("never repeats the key, wherever the provider put it", async () => {
    const error = await failure(
      errorReply(401, {
        message: `Incorrect API key provided: ${KEY}. Header was "Authorization: Bearer abcdefghij.klm", or sk-proj-ab***xyz`,
        code: "invalid_api_key",
      }),
      isStreamed,
    );
    expect(JSON.stringify(serializeError(error))).not.toMatch(/nobodys0123|abcdefghij|sk-proj/);
  });
});

test.each([
  { headers: { "retry-after-ms": "1500" }, expected: 1500 },
  { headers: { "retry-after-ms": "1500", "retry-after": "99" }, expected: 1500 },
  { headers: { "retry-after": "3" }, expected: 3000 },
  { headers: { "retry-after": "0.5" }, expected: 500 },
  { headers: { "retry-after": "Sun, 06 Nov 1994 08:49:37 GMT" }, expected: 7000 },
  { headers: { "retry-after": "Sunday, 06-Nov-94 08:49:37 GMT" }, expected: 7000 },
  { headers: { "retry-after": "Sun Nov  6 08:49:37 1994 GMT" }, expected: 7000 },
  { headers: { "retry-after": "Sun, 06 Nov 1994 08:49:00 GMT" }, expected: 0 },
  { headers: { "retry-after": "soon" }, expected: undefined },
  { headers: { "retry-after": "-5" }, expected: undefined },
  { headers: { "retry-after-ms": "NaN", "retry-after": "2" }, expected: 2000 },
  { headers: {}, expected: undefined },
])("reads $headers as $expected ms", ({ headers, expected }) => {
  expect(retryAfterMs(new Headers(headers as Record<string, string>), Date.parse("1994-11-06T08:49:30Z"))).toBe(
    expected,
  );
});

test("reads the wait from a real response", async () => {
  expect(await failure(errorReply(429, { message: "Slow down" }, { "retry-after": "120" }), false)).toMatchObject({
    retryAfterMs: 120_000,
  });
});

test.each([
  { raw: "line one\nline two\u001b[31m red", expected: "line one line two [31m red" },
  { raw: "x".repeat(400), expected: `${"x".repeat(300)}…` },
  { raw: "<html><body>no title</body></html>", expected: "an HTML page" },
  { raw: 'api_key: "abcdef123456"', expected: 'api_key: "[key]"' },
])("shortens a provider's text to one printable line: $expected", ({ raw, expected }) => {
  expect(providerText(raw)).toBe(expected);
});
