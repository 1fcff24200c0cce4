import { describe, expect, onTestFinished, test } from "vitest";

import { spaceOf, unitVector } from "../../../core/embed.ts";
import { keySegment } from "../../../core/scope-key.ts";
import { sparseVector } from "../../../memory/sparse.ts";
import type { VectorEntry, VectorIndex } from "../../../memory/vector-index.ts";
import type { PineconeOptions } from "../../../store/pinecone/named.ts";
import { pineconeVectors } from "../../../store/pinecone/pinecone-vectors.ts";
import { type PineconeServer, pineconeServer, type PineconeServerOptions } from "../../../testing/pinecone-server.ts";
import { vectorIndexSuite } from "../../../testing/vector-index-suite.ts";

vectorIndexSuite(
  "vectors in Pinecone, on the contract server",
  async () => {
    const server = await pineconeServer();
    const index = await pineconeVectors({ host: server.url, apiKey: server.apiKey });
    return { ...index, close: () => server.close() };
  },
  // Each is a request or more over the network: ten thousand take a minute.
  { operations: Number(process.env["BATON_TEST_OPERATIONS"] ?? 500) },
);

const DIMENSIONS = 16;
const SPACE = spaceOf({ ref: "test", dimensions: DIMENSIONS });
const PLACE = { tenant: keySegment("acme"), namespace: keySegment("notes") };
const AXIS = unitVector([1, ...Array.from({ length: DIMENSIONS - 1 }, () => 0)]);

function entry(id: string, given: Partial<VectorEntry> = {}): VectorEntry {
  return { id, vector: AXIS, metadata: {}, ...given };
}

async function opened(
  serverOptions: PineconeServerOptions = {},
  options: PineconeOptions = {},
): Promise<{ server: PineconeServer; index: VectorIndex }> {
  const server = await pineconeServer(serverOptions);
  onTestFinished(async () => await server.close());
  return { server, index: await pineconeVectors({ host: server.url, apiKey: server.apiKey, ...options }) };
}

async function idsOf(index: VectorIndex): Promise<readonly string[]> {
  const { hits } = await index.query(PLACE, { space: SPACE, vector: AXIS, limit: 10 });
  return hits.map(({ id }) => id);
}

function paths({ requests }: PineconeServer, path: string) {
  return requests.filter((request) => request.path.startsWith(path));
}

describe("limits", () => {
  test("a large write is cut by count and by bytes, and nothing of it is refused", async () => {
    const { server, index } = await opened();
    const wide = { note: "x".repeat(20_000) };
    await index.upsert(
      PLACE,
      SPACE,
      Array.from({ length: 1_500 }, (_, at) => entry(`${at}`, at < 300 ? { metadata: wide } : {})),
    );
    const upserts = paths(server, "/vectors/upsert");
    expect(upserts.length).toBeGreaterThan(3);
    for (const { bytes } of upserts) expect(bytes).toBeLessThan(2 * 1_024 * 1_024);
    expect(server.records(server.namespaces()[0] ?? "")).toHaveLength(1_500);
  });

  test("metadata arrives flat, without null and without what is too much", async () => {
    const { server, index } = await opened();
    const metadata = {
      file: "a.md",
      line: 3,
      draft: true,
      tags: ["x", "y"],
      none: null,
      nested: { deep: 1 },
      mixed: [1, "x"],
      $and: "operator",
      long: "x".repeat(50_000),
      broken: "\ud800",
    };
    await index.upsert(PLACE, SPACE, [entry("a", { metadata })]);
    expect(server.records(server.namespaces()[0] ?? "")).toMatchObject([
      { metadata: { file: "a.md", line: 3, draft: true, tags: ["x", "y"], broken: "\ufffd" } },
    ]);
    expect(Object.keys(server.records(server.namespaces()[0] ?? "")[0]?.metadata ?? {})).toHaveLength(5);
  });

  test("what the adapter keeps from the server, the server refuses", async () => {
    const { server } = await opened();
    const { Pinecone } = await import("@pinecone-database/pinecone");
    const raw = new Pinecone({ apiKey: server.apiKey }).index({ host: server.url });
    const values = [...AXIS];
    const many = Array.from({ length: 1_001 }, (_, at) => ({ id: `${at}`, values }));
    // The client's types forbid what its users send nevertheless.
    const nested = [{ id: "a", values, metadata: { nested: { deep: 1 } } }] as never;
    await expect(raw.upsert({ records: many })).rejects.toThrow("1 to 1000");
    await expect(raw.upsert({ records: nested })).rejects.toThrow("Metadata value");
    await expect(raw.upsert({ records: [{ id: "a", values: [1, 2] }] })).rejects.toThrow("dimension");
    await expect(raw.query({ vector: values, topK: 10_001 })).rejects.toThrow("topK");
    const stranger = new Pinecone({ apiKey: "other" }).index({ host: server.url });
    await expect(stranger.describeIndexStats()).rejects.toThrow("rejected");
  });

  test("namespaces are listed page by page, so that a removal reaches every model's vectors", async () => {
    const { server, index } = await opened({ pageSize: 2 });
    for (const ref of ["a", "b", "c", "d", "e"])
      await index.upsert(PLACE, spaceOf({ ref, dimensions: DIMENSIONS }), [entry("gone"), entry("kept")]);
    await index.remove(PLACE, ["gone"]);
    expect(server.namespaces().map((name) => server.records(name).map(({ id }) => id))).toEqual(
      Array.from({ length: 5 }, () => ["kept"]),
    );
  });
});

describe("read your writes", () => {
  test("a query waits until the index has taken in the last write", async () => {
    const { server, index } = await opened({ lagReads: 3 });
    await index.upsert(PLACE, SPACE, [entry("a")]);
    expect(await idsOf(index)).toEqual(["a"]);
    expect(paths(server, "/query")).toHaveLength(4);
    await index.remove(PLACE, ["a"]);
    expect(await idsOf(index)).toEqual([]);
  });

  test("an index that stays behind is answered from, and the answer says so", async () => {
    const { index } = await opened({ lagReads: 1_000 }, { freshMs: 60 });
    await index.upsert(PLACE, SPACE, [entry("a")]);
    const { hits, behind } = await index.query(PLACE, { space: SPACE, vector: AXIS, limit: 5 });
    expect(hits).toEqual([]);
    expect(behind).toContain("not taken in");
  });

  test("a process that wrote nothing does not wait", async () => {
    const { server, index } = await opened({ lagReads: 1_000 });
    await index.upsert(PLACE, SPACE, [entry("a")]);
    const reader = await pineconeVectors({ host: server.url, apiKey: server.apiKey });
    expect(await idsOf(reader)).toEqual([]);
    expect(paths(server, "/query")).toHaveLength(1);
  });
});

describe("failures", () => {
  test.each<[string, PineconeServerOptions["fault"]]>([
    ["429", (_, number) => (number === 0 ? { kind: "status", status: 429, retryAfterSeconds: 0.05 } : undefined)],
    ["503 twice", (_, number) => (number < 2 ? { kind: "status", status: 503 } : undefined)],
    ["a broken connection", (_, number) => (number === 0 ? { kind: "reset" } : undefined)],
    ["a broken answer", (_, number) => (number === 0 ? { kind: "reset", afterHeaders: true } : undefined)],
    ["a body that never comes", (_, number) => (number === 0 ? { kind: "silence" } : undefined)],
  ])("%s is asked again, and the write is there once", async (_, fault) => {
    const { server, index } = await opened(fault === undefined ? {} : { fault }, { timeoutMs: 300 });
    await index.upsert(PLACE, SPACE, [entry("a")]);
    expect(server.requests.length).toBeGreaterThan(1);
    expect(server.records(server.namespaces()[0] ?? "")).toHaveLength(1);
  });

  test("Retry-After is kept: the next request comes no earlier", async () => {
    const waits: number[] = [];
    const { server } = await opened({
      fault: (__, number) => (number === 0 ? { kind: "status", status: 429, retryAfterSeconds: 7 } : undefined),
    });
    const clock = { now: () => 0, sleep: async (ms: number) => void waits.push(ms) };
    const index = await pineconeVectors({ host: server.url, apiKey: server.apiKey, clock });
    await index.upsert(PLACE, SPACE, [entry("a")]);
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThanOrEqual(7_000);
  });

  test.each<[string, PineconeServerOptions["fault"]]>([
    ["stays busy", () => ({ kind: "status", status: 429, retryAfterSeconds: 0 })],
    ["asks to wait for an hour", () => ({ kind: "status", status: 429, retryAfterSeconds: 3_600 })],
    ["stays broken", () => ({ kind: "reset" })],
    ["refuses", () => ({ kind: "status", status: 403 })],
    ["answers with a page", ({ path }) => (path === "/query" ? { kind: "garbage" } : undefined)],
  ])("one that %s fails as memory-unavailable, without the key in the text", async (_, fault) => {
    const { server, index } = await opened(fault === undefined ? {} : { fault }, { maxAttempts: 2 });
    const failure = await index.query(PLACE, { space: SPACE, vector: AXIS, limit: 5 }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "memory-unavailable" });
    expect(String(failure)).not.toContain(server.apiKey);
    expect(server.requests.length).toBeLessThanOrEqual(2);
  });

  test("an abort ends the wait at once", async () => {
    const stop = new AbortController();
    const { index } = await opened({ fault: () => ({ kind: "status", status: 503, retryAfterSeconds: 15 }) });
    const asked = index.query(PLACE, { space: SPACE, vector: AXIS, limit: 5, signal: stop.signal });
    setTimeout(() => stop.abort(new Error("enough")), 20);
    await expect(asked).rejects.toThrow("enough");
  });
});

test("words ride along as sparse vectors and count beside the meaning", async () => {
  const { index } = await opened({ metric: "dotproduct" }, { sparse: true });
  expect(index.acceptsSparse).toBe(true);
  await index.upsert(PLACE, SPACE, [
    entry("words", { sparse: sparseVector("the invoice 4711 was paid") }),
    entry("none", { sparse: sparseVector("") }),
  ]);
  const query = { space: SPACE, vector: AXIS, sparse: sparseVector("invoice 4711"), limit: 2 };
  const { hits } = await index.query(PLACE, query);
  expect(hits.map(({ id }) => id)).toEqual(["words", "none"]);
  expect(hits[0]?.score).toBeGreaterThan(hits[1]?.score ?? 0);
});

test("an index of another dimension is refused before anything is stored", async () => {
  const { index } = await opened({ dimension: 8 });
  await expect(index.check(DIMENSIONS)).rejects.toMatchObject({ code: "config-invalid" });
  await index.check(8);
});

test("the address is looked up by the index's name", async () => {
  const { server } = await opened();
  const index = await pineconeVectors({ index: "by-name", controllerHost: server.url, apiKey: server.apiKey });
  await index.upsert(PLACE, SPACE, [entry("a")]);
  expect(await idsOf(index)).toEqual(["a"]);
  expect(server.requests[0]?.path).toBe("/indexes/by-name");
});
