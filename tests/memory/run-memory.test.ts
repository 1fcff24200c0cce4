import { describe, expect, test } from "vitest";

import { parseSessionId, parseTenantId } from "../../core/ids.ts";
import { contextLayer } from "../../memory/context.ts";
import type { LayerName } from "../../memory/item.ts";
import type { LastingLayer } from "../../memory/layer.ts";
import { sessionArchive } from "../../memory/archive.ts";
import { runMemory, type RunMemoryRequest } from "../../memory/run-memory.ts";
import { memoryItem } from "../../testing/memory-suite.ts";

const OWNER = { tenant: parseTenantId("acme"), session: parseSessionId("s1"), workflow: "brief" };

/** What a run never does. */
const UNUSED = {
  purge: () => Promise.resolve(0),
  namespaces: () => Promise.resolve([]),
  list: () => Promise.resolve([]),
};

/** A layer in the process under another name. */
function layerNamed(name: LayerName): LastingLayer {
  const inner = contextLayer();
  return {
    name,
    recall: async (query) => (await inner.recall(query)).map((item) => ({ ...item, layer: name })),
    remember: (scope, items) => inner.remember(scope, items),
    ...UNUSED,
  };
}

const DOWN: LastingLayer = {
  ...UNUSED,
  name: "session",
  recall: () => Promise.reject(new Error("connect ECONNREFUSED")),
  remember: () => Promise.reject(new Error("connect ECONNREFUSED")),
};

function layers(): { readonly session: LastingLayer; readonly vector: LastingLayer } {
  return { session: layerNamed("session"), vector: layerNamed("vector") };
}

function request(given: Partial<RunMemoryRequest>): RunMemoryRequest {
  return { layers: ["context", "session", "vector"], text: "walnuts", limit: 10, held: [], ...given };
}

describe("a run's memory", () => {
  test("recalls from every layer that the request names and says so", async () => {
    const memory = runMemory(layers(), OWNER);
    await memory.remember("session", [memoryItem({ text: "Walnuts of the session." })]);
    await memory.remember("vector", [memoryItem({ text: "Walnuts of long ago." })]);
    const held = [memoryItem({ text: "Walnuts in the state." })];
    const { items, route, text } = await memory.recall(request({ held }));
    expect(items.map(({ layer }) => layer).toSorted()).toEqual(["context", "session", "vector"]);
    expect(route).toMatchObject({
      mode: "thorough",
      layers: ["context", "session", "vector"],
      skipped: [],
      degraded: [],
    });
    expect(route.recalled).toEqual(items.map(({ layer, id, score }) => ({ layer, id, score })));
    expect(items.every((item) => text.includes(item.text))).toBe(true);
  });

  test("does not ask a layer that the request does not name", async () => {
    const memory = runMemory({ ...layers(), session: DOWN }, OWNER);
    const { route } = await memory.recall(request({ layers: ["vector"] }));
    expect(route).toMatchObject({ layers: ["vector"], degraded: [] });
    expect(route.skipped.map(({ layer }) => layer)).toEqual(["context", "session"]);
  });

  test("goes on without a layer that fails and records it", async () => {
    const memory = runMemory({ ...layers(), session: DOWN }, OWNER);
    await memory.remember("vector", [memoryItem({ text: "Walnuts of long ago." })]);
    const { items, route } = await memory.recall(request({}));
    expect(items).toHaveLength(1);
    expect(route.degraded).toEqual([{ layer: "session", error: "connect ECONNREFUSED" }]);
  });

  test("stops when the run is stopped", async () => {
    const memory = runMemory({ ...layers(), session: DOWN }, OWNER);
    await expect(memory.recall(request({ signal: AbortSignal.abort(new Error("stop")) }))).rejects.toThrow("stop");
  });

  test("does not recall what the query itself says, nor whole documents", async () => {
    const memory = runMemory(layers(), OWNER);
    const held = [
      memoryItem({ text: "walnuts" }),
      memoryItem({ id: "big", text: "walnuts ".repeat(20_000) }),
      memoryItem({ id: "empty", text: "" }),
    ];
    expect((await memory.recall(request({ held }))).items).toEqual([]);
  });

  test("keeps the vector layer's items apart by namespace, the workflow's being the default", async () => {
    const memory = runMemory(layers(), OWNER);
    await memory.remember("vector", [memoryItem({ text: "Walnuts of the workflow." })]);
    await memory.remember("vector", [memoryItem({ text: "Walnuts of a corpus." })], "corpus");
    const recalled = async (given: Partial<RunMemoryRequest>) =>
      (await memory.recall(request(given))).items.map(({ text }) => text);
    expect(await recalled({})).toEqual(["Walnuts of the workflow."]);
    expect(await recalled({ namespace: "corpus" })).toEqual(["Walnuts of a corpus."]);
  });

  test("recalls what left the session by its limits with the long-term memory", async () => {
    const { session, vector } = layers();
    await vector.remember({ tenant: OWNER.tenant, namespace: sessionArchive("s1") }, [
      memoryItem({ text: "Walnuts of an early turn." }),
    ]);
    const { items } = await runMemory({ session, vector }, OWNER).recall(request({ namespace: "corpus" }));
    expect(items.map(({ text }) => text)).toEqual(["Walnuts of an early turn."]);
  });

  test("is not seen by another session or tenant", async () => {
    const shared = layers();
    await runMemory(shared, OWNER).remember("session", [memoryItem({ text: "Walnuts." })]);
    await runMemory(shared, OWNER).remember("vector", [memoryItem({ text: "More walnuts." })]);
    const others = [
      { ...OWNER, session: parseSessionId("s2"), workflow: "other" },
      { ...OWNER, tenant: parseTenantId("acme2") },
    ];
    for (const owner of others) expect((await runMemory(shared, owner).recall(request({}))).items).toEqual([]);
  });
});
