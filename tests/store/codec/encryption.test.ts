import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { HumanMessage } from "@langchain/core/messages";
import { JsonPlusSerializer } from "@langchain/langgraph-checkpoint";
import { expect, test } from "vitest";

import { stateCodec } from "../../../store/codec/codec.ts";
import { encryptedCodec, type EncryptionOptions } from "../../../store/codec/encryption.ts";
import { difference } from "./same.ts";

const newKey = (): string => randomBytes(32).toString("base64");
const old = newKey();
const current = newKey();
const codec = encryptedCodec({ keys: { "2025": old, "2026": current }, current: "2026" });
const place = { channel: "facts", binding: ["thread-1", "", "3.000017"] };

const canaries = [
  "sk-canary-0123456789abcdef",
  "AKIACANARY1234567890",
  "eyJhbGciOiJIUzI1NiJ9.canary.x",
  "postgres://canary:secret@db/x",
];
const secrets = {
  text: canaries[0],
  when: new Date(1),
  message: new HumanMessage(canaries[1] ?? ""),
  map: new Map([[canaries[2], 1n]]),
  bytes: Buffer.from(canaries[3] ?? ""),
};

test("what is encrypted comes back exactly", async () => {
  const [type, bytes] = await codec.dumpsTyped(secrets, place);
  expect(type).toBe("b1.aes");
  const back = await codec.loadsTyped(type, bytes, place);
  expect(difference(Reflect.get(Object(back), "map"), secrets.map)).toBeUndefined();
  expect(back).toEqual(secrets);
});

test("S11: with encryption on, no canary is found in the stored bytes, in no coding", async () => {
  const [type, bytes] = await codec.dumpsTyped(secrets, place);
  const stored = Buffer.concat([Buffer.from(type), bytes]).toString("latin1");
  const coded = canaries.flatMap((canary) => [
    canary,
    Buffer.from(canary).toString("base64").slice(0, 16),
    Buffer.from(canary).toString("hex"),
  ]);
  expect(coded.filter((canary) => stored.includes(canary))).toEqual([]);
  const [, plain] = await stateCodec().dumpsTyped(secrets);
  expect(
    coded.filter((canary) => Buffer.from(plain).toString("latin1").includes(canary)).length,
  ).toBeGreaterThanOrEqual(4);
});

test("one value encrypted twice gives other bytes", async () => {
  const [[, first], [, second]] = await Promise.all([codec.dumpsTyped("same"), codec.dumpsTyped("same")]);
  expect(Buffer.compare(first, second)).not.toBe(0);
});

test("a value written again, also under another key, is known as the same value, and no other is", async () => {
  const before = encryptedCodec({ keys: { "2025": old }, current: "2025" });
  const stored = async (writer: typeof codec, value: unknown) => {
    const [type, bytes] = await writer.dumpsTyped(value, place);
    return { type, value: bytes };
  };
  const [first, second, older, other] = await Promise.all([
    stored(codec, { a: 1n }),
    stored(codec, { a: 1n }),
    stored(before, { a: 1n }),
    stored(codec, { a: 2n }),
  ]);
  expect(codec.isSame?.(first, second, place)).toBe(true);
  expect(codec.isSame?.(first, older, place)).toBe(true);
  expect(codec.isSame?.(first, other, place)).toBe(false);
});

test("a value under an older key is read, and what is new goes under the current one", async () => {
  const before = encryptedCodec({ keys: { "2025": old }, current: "2025" });
  const [type, bytes] = await before.dumpsTyped("kept", place);
  expect(await codec.loadsTyped(type, bytes, place)).toBe("kept");
  const [newType, newBytes] = await codec.dumpsTyped("new", place);
  await expect(before.loadsTyped(newType, newBytes, place)).rejects.toMatchObject({
    code: "encryption-key-unknown",
    message: expect.stringContaining("`2026`"),
  });
});

test("S12: every changed byte and every cut is found", async () => {
  const [type, bytes] = await codec.dumpsTyped({ a: 1 }, place);
  const idEnd = 5;
  for (let index = 0; index < bytes.length; index += 1) {
    const changed = Uint8Array.from(bytes);
    changed[index] = (changed[index] ?? 0) ^ 1;
    const error: unknown = await codec.loadsTyped(type, changed, place).catch((thrown: unknown) => thrown);
    const codes = index < idEnd ? ["encryption-key-unknown", "checkpoint-unreadable"] : ["checkpoint-unreadable"];
    expect(codes).toContain(Reflect.get(Object(error), "code"));
    await expect(codec.loadsTyped(type, bytes.slice(0, index), place)).rejects.toMatchObject({
      code: expect.stringMatching("^(checkpoint-unreadable|encryption-key-unknown)$"),
    });
  }
});

test.each([
  ["channel", { ...place, channel: "draft" }],
  ["thread", { ...place, binding: ["thread-2", "", "3.000017"] }],
  ["version", { ...place, binding: ["thread-1", "", "4.000017"] }],
  ["split of its names", { ...place, binding: ["thread-1", ",3.000017"] }],
])("a value moved to another %s is refused", async (_, other) => {
  const [type, bytes] = await codec.dumpsTyped("mine", place);
  await expect(codec.loadsTyped(type, bytes, other)).rejects.toMatchObject({ code: "checkpoint-unreadable" });
});

test("two ids of one key are not taken for each other", async () => {
  const twice = encryptedCodec({ keys: { a: old, b: old }, current: "a" });
  const [type, bytes] = await twice.dumpsTyped("x");
  bytes[1] = "b".charCodeAt(0);
  await expect(twice.loadsTyped(type, bytes)).rejects.toMatchObject({ code: "checkpoint-unreadable" });
});

test("plain values are refused when encryption is on, those of the stock serializer too", async () => {
  const stored = [
    await stateCodec().dumpsTyped({ a: 1 }),
    await new JsonPlusSerializer().dumpsTyped({ a: 1 }),
  ] as const;
  for (const [type, bytes] of stored) {
    await expect(codec.loadsTyped(type, bytes, place)).rejects.toMatchObject({
      code: "checkpoint-unreadable",
      message: expect.stringContaining("not encrypted"),
    });
  }
});

test("plain values are read while `allowPlain` says so, and new ones are encrypted", async () => {
  const migrating = encryptedCodec({ keys: { "2026": current }, current: "2026", allowPlain: true });
  const [type, bytes] = await stateCodec().dumpsTyped({ a: 1n });
  expect(await migrating.loadsTyped(type, bytes)).toEqual({ a: 1n });
  expect((await migrating.dumpsTyped({ a: 1n }))[0]).toBe("b1.aes");
});

test("an encrypted value without configured keys asks for them", async () => {
  const [type, bytes] = await codec.dumpsTyped("x");
  await expect(stateCodec().loadsTyped(type, bytes)).rejects.toMatchObject({ code: "encryption-key-unknown" });
});

test("what cannot be stored is refused under encryption too", async () => {
  await expect(codec.dumpsTyped({ a: () => 1 }, place)).rejects.toMatchObject({ code: "state-not-serializable" });
});

const short = randomBytes(31).toString("base64");

test.each<readonly [string, EncryptionOptions]>([
  ["31 bytes", { keys: { a: short }, current: "a" }],
  ["33 bytes", { keys: { a: randomBytes(33).toString("base64") }, current: "a" }],
  ["an empty key", { keys: { a: "" }, current: "a" }],
  ["hex", { keys: { a: randomBytes(32).toString("hex") }, current: "a" }],
  ["base64 with a line break", { keys: { a: `${old}\n` }, current: "a" }],
  ["an older key that is broken", { keys: { a: old, b: short }, current: "a" }],
  ["a current key that is not there", { keys: { a: old }, current: "b" }],
  ["an id that is none", { keys: { "a b": old }, current: "a b" }],
  ["no keys", { keys: {}, current: "a" }],
])("keys are checked at the start: %s", (_, options) => {
  expect(() => encryptedCodec(options)).toThrow(expect.objectContaining({ code: "encryption-key-invalid" }));
  expect(() => encryptedCodec(options)).not.toThrow(short);
});

test("S11: no inspection of the codec shows a key", () => {
  expect(inspect(codec, { depth: 9, showHidden: true })).not.toContain(current);
});
