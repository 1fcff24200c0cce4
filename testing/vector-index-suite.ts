import { describe, expect, onTestFinished, test } from "vitest";

import { spaceOf, unitVector, type VectorSpace } from "../core/embed.ts";
import { keySegment } from "../core/scope-key.ts";
import type { VectorEntry, VectorIndex, VectorPlace } from "../memory/vector-index.ts";
import { HOSTILE_NAMES, picker } from "./hostile-names.ts";

export interface VectorIndexSuiteOptions {
  /** How many random operations by many tenants are tried. @default 10000 */
  readonly operations?: number;
}

/** The conformance suite of a `VectorIndex`: registers its tests with vitest. Every test opens an index that holds nothing. */
export function vectorIndexSuite(
  name: string,
  open: () => Promise<VectorIndex>,
  options: VectorIndexSuiteOptions = {},
): void {
  async function opened(): Promise<VectorIndex> {
    const index = await open();
    onTestFinished(async () => await index.close());
    return index;
  }
  describe(`${name}: vectors`, () => vectorCases(opened));
  describe(`${name}: places`, () => placeCases(opened, options.operations ?? 10_000));
}

const DIMENSIONS = 16;
const SPACE = spaceOf({ ref: "test", dimensions: DIMENSIONS });
const PLACE = place("acme", "notes");

function place(tenant: string, namespace: string): VectorPlace {
  return { tenant: keySegment(tenant), namespace: keySegment(namespace) };
}

/** A vector that points near an axis: 1 on it, and a little on the next ones. */
function axis(number: number, lean = 0): Float32Array {
  return unitVector(Array.from({ length: DIMENSIONS }, (_, at) => (at === number ? 1 : at === number + 1 ? lean : 0)));
}

function entry(id: string, vector: Float32Array): VectorEntry {
  return { id, vector, metadata: { source: "test", tags: ["a", "b"], page: 3, draft: false } };
}

interface Asked {
  readonly limit?: number;
  readonly at?: VectorPlace;
  readonly space?: VectorSpace;
}

async function idsOf(index: VectorIndex, vector: Float32Array, asked: Asked = {}): Promise<readonly string[]> {
  const { limit = 5, at = PLACE, space = SPACE } = asked;
  return (await index.query(at, { space, vector, limit })).hits.map(({ id }) => id);
}

function vectorCases(opened: () => Promise<VectorIndex>): void {
  test("a place that nothing was stored in answers with nothing", async () => {
    expect((await (await opened()).query(PLACE, { space: SPACE, vector: axis(0), limit: 5 })).hits).toEqual([]);
  });

  test("the nearest come first, each with its cosine", async () => {
    const index = await opened();
    await index.upsert(PLACE, SPACE, [entry("far", axis(5)), entry("near", axis(0, 0.5)), entry("same", axis(0))]);
    const { hits } = await index.query(PLACE, { space: SPACE, vector: axis(0), limit: 5 });
    expect(hits.map(({ id }) => id)).toEqual(["same", "near", "far"]);
    for (const [at, cosine] of [1, 1 / Math.hypot(1, 0.5), 0].entries()) expect(hits[at]?.score).toBeCloseTo(cosine, 3);
  });

  test("an id that is stored again has the new vector, and only that", async () => {
    const index = await opened();
    await index.upsert(PLACE, SPACE, [entry("moved", axis(0)), entry("other", axis(3))]);
    await index.upsert(PLACE, SPACE, [entry("moved", axis(7))]);
    expect(await idsOf(index, axis(7), { limit: 1 })).toEqual(["moved"]);
    expect(await idsOf(index, axis(0))).toHaveLength(2);
  });

  test("at most `limit` come back", async () => {
    const index = await opened();
    await index.upsert(
      PLACE,
      SPACE,
      Array.from({ length: 30 }, (_, at) => entry(`${at}`, axis(at % 8, at / 30))),
    );
    expect(await idsOf(index, axis(0), { limit: 7 })).toHaveLength(7);
  });

  test("vectors of another model are never found, even of the same length", async () => {
    const index = await opened();
    const other = spaceOf({ ref: "other", dimensions: DIMENSIONS });
    await index.upsert(PLACE, SPACE, [entry("old", axis(0))]);
    await index.upsert(PLACE, other, [entry("new", axis(0))]);
    expect(await idsOf(index, axis(0), { space: other })).toEqual(["new"]);
    expect(await idsOf(index, axis(0))).toEqual(["old"]);
  });

  test.each([
    ["too short", new Float32Array([1, 0])],
    ["empty", new Float32Array()],
    ["without numbers", new Float32Array(DIMENSIONS).fill(Number.NaN)],
  ])("refuses a batch with a vector that is %s, and stores nothing of it", async (_, vector) => {
    const index = await opened();
    const batch = [entry("good", axis(0)), entry("bad", vector)];
    await expect(index.upsert(PLACE, SPACE, batch)).rejects.toMatchObject({ code: "embedding-invalid" });
    expect(await idsOf(index, axis(0))).toEqual([]);
  });

  test("what was removed is found in no model's space; an unknown id is no error", async () => {
    const index = await opened();
    const other = spaceOf({ ref: "other", dimensions: DIMENSIONS });
    for (const space of [SPACE, other]) await index.upsert(PLACE, space, [entry("a", axis(0)), entry("b", axis(1))]);
    await index.remove(PLACE, ["a", "never stored"]);
    expect(await idsOf(index, axis(0))).toEqual(["b"]);
    expect(await idsOf(index, axis(0), { space: other })).toEqual(["b"]);
  });

  test("ids may be any text", async () => {
    const index = await opened();
    const ids = [
      "a\u0000b",
      "\ud800",
      "../..",
      "id with spaces",
      "猫",
      "x".repeat(2_000),
      "'; drop table memory_vectors; --",
    ];
    await index.upsert(
      PLACE,
      SPACE,
      ids.map((id, at) => entry(id, axis(at))),
    );
    for (const [at, id] of ids.entries()) expect(await idsOf(index, axis(at), { limit: 1 })).toEqual([id]);
    await index.remove(PLACE, ids);
    expect(await idsOf(index, axis(0))).toEqual([]);
  });

  test("more entries than one request takes are all stored", async () => {
    const index = await opened();
    const entries = Array.from({ length: 2_500 }, (_, at) => entry(`${at}`, axis(at % 12, at / 2_500)));
    await index.upsert(PLACE, SPACE, entries);
    expect(new Set(await idsOf(index, axis(0), { limit: 2_500 })).size).toBe(2_500);
    await index.remove(
      PLACE,
      entries.slice(1).map(({ id }) => id),
    );
    expect(await idsOf(index, axis(0))).toEqual(["0"]);
  });

  test("entries stored at the same time are all there", async () => {
    const index = await opened();
    await Promise.all(
      Array.from({ length: 12 }, (_, at) => index.upsert(PLACE, SPACE, [entry(`${at}`, axis(at % 12))])),
    );
    expect(await idsOf(index, axis(0), { limit: 50 })).toHaveLength(12);
  });

  test("an aborted query throws its reason", async () => {
    const index = await opened();
    const query = { space: SPACE, vector: axis(0), limit: 5, signal: AbortSignal.abort(new Error("enough")) };
    await expect(index.query(PLACE, query)).rejects.toThrow("enough");
  });
}

const CROWDS = 20;
const CROWD = 100;
const OWN = 40;

function placeCases(opened: () => Promise<VectorIndex>, operations: number): void {
  test("filtered recall: a small place among many large ones is searched as if it were alone", async () => {
    const index = await opened();
    const random = numbers(11);
    const vectors = (count: number) =>
      Array.from({ length: count }, (_, at) =>
        entry(`${at}`, unitVector(Array.from({ length: DIMENSIONS }, () => random() - 0.5))),
      );
    const own = vectors(OWN);
    for (let crowd = 0; crowd < CROWDS; crowd += 1)
      await index.upsert(place(`crowd-${crowd % 4}`, `${crowd}`), SPACE, vectors(CROWD));
    await index.upsert(PLACE, SPACE, own);
    for (const { vector } of vectors(20)) {
      const exact = own
        .map(({ id, vector: other }) => ({
          id,
          score: other.reduce((sum, value, at) => sum + value * (vector[at] ?? 0), 0),
        }))
        .toSorted((a, b) => b.score - a.score)
        .slice(0, 10);
      expect((await idsOf(index, vector, { limit: 10 })).toSorted()).toEqual(exact.map(({ id }) => id).toSorted());
    }
  });

  test("S03: no query ever finds a vector of another tenant or namespace, whatever their names", async () => {
    const index = await opened();
    const pick = picker(5);
    const held = new Map<string, Set<string>>();
    const foreign: string[] = [];
    const act = async (at: VectorPlace, key: string): Promise<void> => {
      const name = pick(["x", "y", "z"]);
      const id = `${key} ${name}`;
      const own = held.get(key) ?? new Set<string>();
      const action = pick(["write", "write", "read", "read", "remove"]);
      if (action === "write") {
        held.set(key, own.add(id));
        return await index.upsert(at, SPACE, [entry(id, axis(0))]);
      }
      if (action === "remove") {
        own.delete(id);
        return await index.remove(at, [id]);
      }
      const found = await idsOf(index, axis(0), { limit: 10, at });
      foreign.push(...found.filter((other) => !own.has(other)));
      expect(found.toSorted()).toEqual([...own].toSorted());
    };
    for (let done = 0; done < operations;) {
      // Different places at once, as in life; one after the other in each, so that it is known what a place holds.
      const wave = new Map<string, VectorPlace>();
      for (let at = 0; at < 40; at += 1) {
        const names = [pick(HOSTILE_NAMES), pick(HOSTILE_NAMES)] as const;
        wave.set(JSON.stringify(names), place(...names));
      }
      await Promise.all([...wave].map(async ([key, at]) => await act(at, key)));
      done += wave.size;
    }
    expect(foreign).toEqual([]);
    expect(held.size).toBeGreaterThan(Math.min(100, operations / 20));
  });
}

function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
