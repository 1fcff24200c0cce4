import { BatonError, FatalError } from "batonjs";
import { describe, expect, it, vi } from "vitest";

import { serializeError } from "../../core/errors.ts";

describe("BatonError", () => {
  it("is recognised when another copy of the package made it", async () => {
    // Two copies of a package are two module instances: another class with the same mark.
    vi.resetModules();
    const copy = await import("../../core/errors.ts");
    const foreign: unknown = new copy.BatonError("unknown-run", "gone");
    expect(foreign instanceof BatonError).toBe(false);
    expect(BatonError.is(foreign)).toBe(true);
    expect(BatonError.is(new Error("plain"))).toBe(false);
  });

  it("carries the exit code of its code", () => {
    expect(new BatonError("unknown-run", "gone").exitCode).toBe(64);
    expect(new FatalError("stop").exitCode).toBe(1);
  });
});

describe("serializeError", () => {
  it("keeps name, message, code, hint and the chain of causes", () => {
    const error = new BatonError("model-failed", "The model answered 500.", {
      hint: "Wait.",
      cause: new TypeError("socket"),
    });
    expect(serializeError(error)).toMatchObject({
      name: "BatonError",
      code: "model-failed",
      message: "The model answered 500.",
      hint: "Wait.",
      cause: { name: "TypeError", message: "socket" },
    });
  });

  it("ends in a circle of causes, and takes what is no error", () => {
    const one = new Error("one");
    one.cause = one;
    expect(JSON.stringify(serializeError(one)).match(/"one"/gu)?.length).toBeLessThan(10);
    expect(serializeError("text")).toEqual({ name: "NonError", message: "text" });
  });
});
