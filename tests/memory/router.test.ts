import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { LayerName } from "../../memory/item.ts";
import { route, type RouteInputs } from "../../memory/router.ts";

const ALL: readonly LayerName[] = ["context", "session", "vector"];

function inputs(given: Partial<RouteInputs> = {}): RouteInputs {
  return { mode: "thorough", allowed: ALL, present: ALL, best: {}, ...given };
}

describe("route", () => {
  test.each<[string, Partial<RouteInputs>, readonly LayerName[]]>([
    ["thorough asks every layer of the policy", { allowed: ["vector", "context"] }, ["context", "vector"]],
    [
      "thorough asks also where little is known to be",
      { best: { session: 0, vector: 9 } },
      ["context", "session", "vector"],
    ],
    ["a layer that the process lacks is skipped", { present: ["context", "vector"] }, ["context", "vector"]],
    [
      "balanced asks what reaches six tenths of the best",
      { mode: "balanced", best: { session: 6, vector: 10 } },
      ["context", "session", "vector"],
    ],
    [
      "balanced skips what stays below",
      { mode: "balanced", best: { session: 5.9, vector: 10 } },
      ["context", "vector"],
    ],
    ["cheap skips more", { mode: "cheap", best: { session: 10, vector: 7.4 } }, ["context", "session"]],
    ["a layer in which nothing matches is skipped", { mode: "balanced", best: { session: 0, vector: 0 } }, ["context"]],
    ["a layer without a directory is asked", { mode: "cheap", best: { session: 5 } }, ["context", "session", "vector"]],
    ["no layer is asked where the policy names none", { allowed: [] }, []],
  ])("%s", (_, given, layers) => {
    expect(route(inputs(given)).layers).toEqual(layers);
  });

  test("every layer is either asked with a reason or skipped with one, and equal inputs decide equally", () => {
    const some = fc.subarray([...ALL]);
    const best = fc.dictionary(fc.constantFrom(...ALL), fc.float({ min: 0, max: 100, noNaN: true }));
    const given = fc.record({
      mode: fc.constantFrom("thorough", "balanced", "cheap"),
      allowed: some,
      present: some,
      best,
    });
    fc.assert(
      fc.property(given, (random) => {
        const decision = route(random);
        expect(decision).toEqual(route(random));
        expect(decision.reasons).toHaveLength(decision.layers.length);
        expect([...decision.layers, ...decision.skipped.map(({ layer }) => layer)].toSorted()).toEqual(ALL.toSorted());
        expect(JSON.parse(JSON.stringify(decision))).toEqual(decision);
      }),
    );
  });
});
