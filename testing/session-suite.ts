import { describe, expect, onTestFinished, test } from "vitest";

import type { Clock } from "../core/clock.ts";
import { parseTenantId } from "../core/ids.ts";
import type { MemoryItem, MemoryScope } from "../memory/item.ts";
import type { SessionLayer, SessionLayerOptions } from "../memory/session.ts";
import { memoryItem } from "./memory-suite.ts";
import { careCases, fieldCases, type MakePlace } from "./session-care-cases.ts";

export interface SessionPlace {
  /** Another layer over the same sessions, as another process would open it. */
  readonly layer: (options?: SessionLayerOptions) => SessionLayer;
  /** Lets what the place does by itself catch up with the clock, such as a server that removes keys by its own time. @default nothing */
  readonly passed?: (ms: number) => Promise<void>;
  /** How many rows or keys are left of all sessions. */
  readonly leftovers: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/** The conformance suite of a `SessionLayer`: registers its tests with vitest. Every test makes a place that holds no session. */
export function sessionSuite(name: string, make: (clock: Clock) => Promise<SessionPlace>): void {
  async function place(clock: Clock = handClock(0)): Promise<SessionPlace> {
    const made = await make(clock);
    onTestFinished(() => made.close());
    return made;
  }
  describe(`${name}: append`, () => appendCases(place));
  describe(`${name}: limits`, () => limitCases(place));
  describe(`${name}: expiry`, () => expiryCases(place));
  describe(`${name}: working memory`, () => fieldCases(place));
  describe(`${name}: purge and fence`, () => careCases(place));
}

const SCOPE: MemoryScope = { tenant: parseTenantId("acme"), namespace: "session-1" };

interface HandClock extends Clock {
  at: number;
}

/** A clock that stands still until it is set. */
function handClock(at: number): HandClock {
  const clock: HandClock = { at, now: () => clock.at, sleep: () => Promise.resolve() };
  return clock;
}

function turn(number: number, text = `turn ${number}`): MemoryItem {
  return memoryItem({ id: `t${number}`, text, order: number, time: number });
}

function appendCases(place: MakePlace): void {
  test("each append raises the version, and a session reads back oldest first", async () => {
    const layer = (await place()).layer();
    expect(await layer.append(SCOPE, { op: "a", items: [turn(1)] })).toMatchObject({
      outcome: "appended",
      version: 1,
      length: 1,
    });
    expect(await layer.append(SCOPE, { op: "b", items: [turn(2), turn(3)] })).toMatchObject({
      outcome: "appended",
      version: 2,
      length: 3,
    });
    expect(await layer.read(SCOPE)).toEqual({ version: 2, items: [turn(1), turn(2), turn(3)], evicted: [] });
  });

  test("the same operation a second time changes nothing, also after appends of others and from another process", async () => {
    const { layer } = await place();
    await layer().append(SCOPE, { op: "mine", items: [turn(1)] });
    await layer().append(SCOPE, { op: "theirs", items: [turn(2)] });
    expect(await layer().append(SCOPE, { op: "mine", items: [turn(3)] })).toEqual({ outcome: "repeated", version: 2 });
    expect((await layer().read(SCOPE)).items).toEqual([turn(1), turn(2)]);
  });

  test("items that the session holds change nothing, also under another operation", async () => {
    const layer = (await place()).layer();
    await layer.append(SCOPE, { op: "a", items: [turn(1), turn(2)] });
    expect(await layer.append(SCOPE, { op: "b", items: [turn(2)] })).toEqual({ outcome: "repeated", version: 1 });
    expect(await layer.append(SCOPE, { op: "c", items: [turn(2), turn(3)] })).toMatchObject({ version: 2, length: 3 });
  });

  test("an append that expects another version is a conflict and changes nothing", async () => {
    const layer = (await place()).layer();
    await layer.append(SCOPE, { op: "a", items: [turn(1)], expectedVersion: 0 });
    expect(await layer.append(SCOPE, { op: "b", items: [turn(2)], expectedVersion: 0 })).toEqual({
      outcome: "conflict",
      version: 1,
    });
    expect(await layer.append(SCOPE, { op: "b", items: [turn(2)], expectedVersion: 1 })).toMatchObject({
      outcome: "appended",
      version: 2,
    });
  });

  test("of many appends at once none is lost and each has a version of its own", async () => {
    const { layer } = await place();
    const roomy = { maxItems: 1_000, maxTokens: 100_000 };
    const [one, other] = [layer(roomy), layer(roomy)];
    const appends = Array.from({ length: 200 }, (_, number) =>
      (number % 2 === 0 ? one : other).append(SCOPE, { op: `op${number}`, items: [turn(number)] }),
    );
    const versions = (await Promise.all(appends)).map(({ version }) => version);
    expect(new Set(versions).size).toBe(200);
    expect((await layer().read(SCOPE)).items).toHaveLength(200);
  });

  test("recall falls back to what was said last when nothing matches", async () => {
    const layer = (await place()).layer();
    await layer.append(SCOPE, {
      op: "a",
      items: [turn(1, "We talked of walnuts."), turn(2, "Then of rivers."), turn(3, "And of trains.")],
    });
    const recalled = async (text: string) => (await layer.recall({ scope: SCOPE, text, limit: 2 })).map(({ id }) => id);
    expect(await recalled("walnuts")).toContain("t1");
    expect(await recalled("quantum")).toEqual(["t3", "t2"]);
  });
}

function limitCases(place: MakePlace): void {
  test("the oldest items leave when there are too many", async () => {
    const layer = (await place()).layer({ maxItems: 3 });
    await layer.append(SCOPE, { op: "a", items: [turn(1), turn(2)] });
    expect(await layer.append(SCOPE, { op: "b", items: [turn(3), turn(4)] })).toMatchObject({
      length: 3,
      evicted: [turn(1)],
    });
    expect((await layer.read(SCOPE)).items).toEqual([turn(2), turn(3), turn(4)]);
  });

  test("the oldest items leave when they are too long together", async () => {
    const layer = (await place()).layer({ maxTokens: 100 });
    const long = (number: number) => turn(number, "x".repeat(156));
    const appended = await layer.append(SCOPE, { op: "a", items: [long(1), long(2), long(3)] });
    expect(appended).toMatchObject({ length: 2, tokens: 80, evicted: [long(1)] });
  });

  test("what is stored of a session does not grow with the number of its appends", async () => {
    const { layer, leftovers } = await place();
    const small = layer({ maxItems: 2, promote: async () => undefined });
    const appends = async (from: number) =>
      await Promise.all(
        Array.from({ length: 270 }, (_, at) => small.append(SCOPE, { op: `${from + at}`, items: [turn(from + at)] })),
      );
    await appends(0);
    const before = await leftovers();
    await appends(270);
    expect(await leftovers()).toBe(before);
  });

  test("a batch that was remembered once is not remembered again after its items have left", async () => {
    const layer = (await place()).layer({ maxItems: 2 });
    await layer.remember(SCOPE, [turn(1), turn(2), turn(3)]);
    await layer.remember(SCOPE, [turn(1), turn(2), turn(3)]);
    expect(await layer.read(SCOPE)).toEqual({ version: 1, items: [turn(2), turn(3)], evicted: [turn(1)] });
  });

  test("an item that no session could hold is refused before anything changes", async () => {
    const layer = (await place()).layer({ maxTokens: 100 });
    await expect(layer.append(SCOPE, { op: "a", items: [turn(1, "x".repeat(500))] })).rejects.toMatchObject({
      code: "memory-item-invalid",
    });
    expect(await layer.read(SCOPE)).toEqual({ version: 0, items: [], evicted: [] });
  });

  test("evicted items are kept until they were promoted, also when the promotion failed before", async () => {
    const { layer } = await place();
    const promoted: string[] = [];
    let isDown = true;
    const promote: NonNullable<SessionLayerOptions["promote"]> = async (_scope, items) => {
      if (isDown) throw new Error("the long-term layer is down");
      promoted.push(...items.map(({ id }) => id));
    };
    await expect(layer({ maxItems: 1, promote }).append(SCOPE, { op: "a", items: [turn(1), turn(2)] })).rejects.toThrow(
      "is down",
    );
    isDown = false;
    await layer({ maxItems: 1, promote }).append(SCOPE, { op: "a", items: [turn(1), turn(2)] });
    expect(promoted).toEqual(["t1"]);
    await layer({ maxItems: 1, promote }).append(SCOPE, { op: "b", items: [turn(3)] });
    expect(promoted).toEqual(["t1", "t2"]);
    expect((await layer().read(SCOPE)).evicted).toEqual([]);
  });
}

function expiryCases(place: MakePlace): void {
  test("a session is gone after its time, and each append begins the time anew", async () => {
    const clock = handClock(0);
    const layer = (await place(clock)).layer({ ttlSeconds: 10 });
    await layer.append(SCOPE, { op: "a", items: [turn(1)] });
    clock.at = 9_000;
    await layer.append(SCOPE, { op: "b", items: [turn(2)] });
    clock.at = 18_000;
    expect((await layer.read(SCOPE)).items).toHaveLength(2);
    clock.at = 19_000;
    expect(await layer.read(SCOPE)).toEqual({ version: 0, items: [], evicted: [] });
    expect(await layer.recall({ scope: SCOPE, text: "turn", limit: 5 })).toEqual([]);
  });

  test("a session that begins again after its end knows nothing of the old one", async () => {
    const clock = handClock(0);
    const layer = (await place(clock)).layer({ ttlSeconds: 10 });
    await layer.append(SCOPE, { op: "a", items: [turn(1)] });
    clock.at = 60_000;
    expect(await layer.append(SCOPE, { op: "a", items: [turn(2)] })).toMatchObject({ outcome: "appended", version: 1 });
    expect((await layer.read(SCOPE)).items).toEqual([turn(2)]);
  });

  test("a session that begins again is new also while many others wait to be removed", async () => {
    const clock = handClock(0);
    const layer = (await place(clock)).layer({ ttlSeconds: 10 });
    for (let other = 0; other < 30; other += 1) {
      await layer.append({ ...SCOPE, namespace: `other-${other}` }, { op: "a", items: [turn(1)] });
    }
    clock.at = 1;
    await layer.append(SCOPE, { op: "a", items: [turn(1)] });
    clock.at = 60_000;
    expect(await layer.append(SCOPE, { op: "a", items: [turn(2)] })).toMatchObject({ outcome: "appended", version: 1 });
    expect((await layer.read(SCOPE)).items).toEqual([turn(2)]);
  });

  test("what is left of expired sessions is removed while others are used", async () => {
    const clock = handClock(0);
    const { layer, leftovers, passed } = await place(clock);
    for (const session of ["a", "b", "c"])
      await layer({ ttlSeconds: 10 }).append({ ...SCOPE, namespace: session }, { op: "x", items: [turn(1)] });
    const before = await leftovers();
    clock.at = 60_000;
    await passed?.(60_000);
    await layer({ ttlSeconds: 10 }).append(SCOPE, { op: "x", items: [turn(1)] });
    expect(await leftovers()).toBe(before / 3);
  });
}
