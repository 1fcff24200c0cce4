import fc from "fast-check";
import { expect, test } from "vitest";

import { stateCodec } from "../../../store/codec/codec.ts";
import { anyData, recordShaped, RUNS } from "./hostile-data.ts";
import { difference } from "./same.ts";

const codec = stateCodec();

test(`S13: any data comes back exactly (${RUNS} values)`, { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(anyData, async (value) => {
      const [type, bytes] = await codec.dumpsTyped(value);
      expect(difference(await codec.loadsTyped(type, bytes), value)).toBeUndefined();
    }),
    { numRuns: RUNS },
  );
});

test(
  "S12: 10,000 documents shaped like LangChain's records come back as the data they are",
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(recordShaped, async (value) => {
        const [type, bytes] = await codec.dumpsTyped(value);
        const back = await codec.loadsTyped(type, bytes);
        expect(JSON.stringify(back)).toBe(JSON.stringify(value));
        expect(holdsOnlyPlainData(back)).toBe(true);
      }),
      { numRuns: 10_000 },
    );
  },
);

test("S12: such documents stay data beside values that need a kind", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(recordShaped, anyData, async (record, data) => {
      const value = { record, list: [record, data], map: new Map([["record", record]]) };
      const [type, bytes] = await codec.dumpsTyped(value);
      expect(difference(await codec.loadsTyped(type, bytes), value)).toBeUndefined();
    }),
    { numRuns: RUNS },
  );
});

function holdsOnlyPlainData(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return typeof value !== "function";
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    (prototype === Object.prototype || prototype === Array.prototype) &&
    Object.values(value).every((member) => holdsOnlyPlainData(member))
  );
}
