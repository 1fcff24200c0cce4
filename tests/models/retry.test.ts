import {
  Command,
  GraphInterrupt,
  GraphRecursionError,
  GraphValueError,
  InvalidUpdateError,
  NodeTimeoutError,
  ParentCommand,
} from "@langchain/langgraph";
import { describe, expect, test } from "vitest";

import { BatonError, FatalError } from "../../core/errors.ts";
import { ModelError } from "../../models/model-error.ts";
import { isRetryable, retryOn } from "../../models/retry.ts";

function httpError(status: number, code?: string): Error {
  return Object.assign(new Error(`HTTP ${status}`), { status, ...(code === undefined ? {} : { code }) });
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function modelError(parts: Partial<ConstructorParameters<typeof ModelError>[1]> = {}): ModelError {
  return new ModelError("The model failed.", { model: "m", retryable: true, ...parts });
}

describe("isRetryable", () => {
  test.each([408, 409, 429, 500, 502, 503, 504, 529])("says yes to status %i", (status) => {
    expect(isRetryable(httpError(status))).toBe(true);
  });

  test.each([400, 401, 403, 404, 405, 410, 413, 422])("says no to status %i", (status) => {
    expect(isRetryable(httpError(status))).toBe(false);
  });

  test.each([
    { name: "a 429 for an exhausted quota", error: httpError(429, "insufficient_quota"), expected: false },
    { name: "a reset connection", error: systemError("ECONNRESET"), expected: true },
    {
      name: "a refused connection inside `fetch failed`",
      error: new TypeError("fetch failed", { cause: systemError("ECONNREFUSED") }),
      expected: true,
    },
    { name: "any other error", error: new Error("boom"), expected: false },
    { name: "a mistake in the program", error: new TypeError("x is not a function"), expected: false },
    { name: "a retryable model error", error: modelError(), expected: true },
    { name: "a model error whose retries are spent", error: modelError({ retriesSpent: true }), expected: false },
    { name: "nothing", error: undefined, expected: false },
  ])("judges $name: $expected", ({ error, expected }) => {
    expect(isRetryable(error)).toBe(expected);
  });
});

describe("retryOn, for a node's retryPolicy", () => {
  const cyclic = new Error("cyclic");
  cyclic.cause = cyclic;

  test.each([
    ["an error of unknown kind", new Error("boom")],
    ["a thrown text", "boom"],
    ["a node that took too long", new NodeTimeoutError({ node: "n", elapsed: 2, kind: "run", runTimeout: 1 })],
    ["a 503 of any client", httpError(503)],
    ["an answer that axios wraps", Object.assign(new Error("axios"), { response: { status: 502 } })],
    ["a broken connection", new TypeError("fetch failed", { cause: systemError("ECONNRESET") })],
    ["a model error that nobody has retried yet", modelError()],
    ["a busy database", new BatonError("database-busy", "busy")],
    ["an error that is its own cause", cyclic],
  ])("retries %s", (_name, error) => {
    expect(retryOn(error)).toBe(true);
  });

  test.each([
    ["a fatal error", new FatalError("stop")],
    ["a fatal error inside another", new Error("node failed", { cause: new FatalError("stop") })],
    ["spent model retries", modelError({ retriesSpent: true })],
    ["spent model retries inside another error", new Error("wrapped", { cause: modelError({ retriesSpent: true }) })],
    ["a model error that no retry mends", modelError({ retryable: false, status: 401 })],
    ["an answer that does not fit the schema", new BatonError("model-output-invalid", "bad")],
    ["a write outside `writes`", new BatonError("state-write-forbidden", "no")],
    ["a lost lease", new BatonError("fenced", "no")],
    ["a 422 of any client", httpError(422)],
    ["an exhausted quota", httpError(429, "insufficient_quota")],
    ["a mistake in the program", new TypeError("x is not a function")],
    ["an undeclared name", new ReferenceError("x is not defined")],
    ["a missing file", systemError("ENOENT")],
    ["an abort", Object.assign(new Error("aborted"), { name: "AbortError" })],
    ["an interrupt", new GraphInterrupt([])],
    ["a command to a parent graph", new ParentCommand(new Command({ goto: "x" }))],
    ["the recursion limit", new GraphRecursionError("25")],
    ["a wrong update", new InvalidUpdateError("bad")],
    ["a wrong graph value", new GraphValueError("bad")],
  ])("does not retry %s", (_name, error) => {
    expect(retryOn(error)).toBe(false);
  });
});
