import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { BatonError } from "../../core/errors.ts";
import { decodeText } from "../../prompts/decode.ts";
import { promptCase, runCase } from "./prompt-cases.ts";

// `npm run fuzz` runs a hundred thousand of these, with a guard against a case that never ends.
describe("any text", () => {
  it("compiles and renders, or is refused with a place and without quoting the file, in less than a second (S26)", () => {
    const outcomes = { rendered: 0, refused: 0 };
    fc.assert(
      fc.property(promptCase, (one) => {
        const outcome = runCase(one);
        if (outcome.kind === "defect") throw new Error(outcome.what);
        outcomes[outcome.kind] += 1;
      }),
      { numRuns: 2500 },
    );
    // The generator must reach both ends, or it tests nothing.
    expect(Math.min(outcomes.rendered, outcomes.refused)).toBeGreaterThan(100);
  });

  it("is decoded exactly or refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          expect(Buffer.from(decodeText(bytes, "p.prompt"))).toEqual(Buffer.from(bytes));
        } catch (error) {
          if (!BatonError.is(error)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});
