import type { SerializerProtocol } from "@langchain/langgraph-checkpoint";

import { BatonError } from "../../core/errors.ts";
import { decode, needsMoreKinds } from "./decode.ts";
import { DEEPEST, encode, UnknownClass, type Encoded } from "./encode.ts";
import { knownKinds, languageKinds } from "./known-kinds.ts";
import { isPlainJson } from "./plain.ts";
import type { BlobPlace } from "./place.ts";
import { notSerializable, unreadable } from "./refusal.ts";
import { reviveStock } from "./stock.ts";
import { checksum, ENCRYPTED_TAG, parseTag, PLAIN_TAG, tagOf, type Tag } from "./tag.ts";

/** A value as it is stored. */
export interface StoredValue {
  readonly type: string;
  readonly value: Uint8Array;
}

/** LangGraph's serializer seam; a saver that keeps the type tags fits. A saver that says where a value is stored gets errors that name it. */
export interface StateCodec extends SerializerProtocol {
  dumpsTyped(value: unknown, place?: BlobPlace): Promise<[string, Uint8Array]>;
  loadsTyped(type: string, data: Uint8Array | string, place?: BlobPlace): Promise<unknown>;
  /** The value at once where that is plain JSON, as it was written; undefined leaves it to `loadsTyped`. */
  loadsPlain?(type: string, data: Uint8Array): { readonly value: unknown } | undefined;
  /** Do two stored values hold the same data? Absent when this is as much as the same type and the same bytes. */
  isSame?(a: StoredValue, b: StoredValue, place?: BlobPlace): boolean;
}

/**
 * Writes state so that it comes back exactly as it was, or throws `state-not-serializable` naming the path before anything is stored.
 * Reads what it wrote and what LangGraph's own serializer wrote; throws `checkpoint-unreadable` for anything else.
 */
export function stateCodec(): StateCodec {
  return {
    async dumpsTyped(value, place) {
      if (isPlainBytes(value)) return typed("bytes", Uint8Array.from(value));
      if (isPlainJson(value, DEEPEST)) return typed("json", textBytes(value, place));
      const { json, marks } = await encoded(value, place);
      return marks.length === 0 ? typed("json", textBytes(json, place)) : typed("ext", textBytes([json, marks], place));
    },
    loadsPlain: (type, data) =>
      type.startsWith(PLAIN_TAG) && type.slice(PLAIN_TAG.length) === checksum(data)
        ? { value: parse(data) }
        : undefined,
    async loadsTyped(type, data, place) {
      const bytes = typeof data === "string" ? Buffer.from(data, "utf8") : data;
      try {
        return await load(type, bytes);
      } catch (error) {
        if (BatonError.is(error)) throw error;
        throw unreadable(place, error instanceof Damage ? error.message : "holds damaged data", error);
      }
    },
  };
}

/** Data that cannot be what was written; the message ends a sentence about the value. */
class Damage extends Error {}

async function load(type: string, bytes: Uint8Array): Promise<unknown> {
  if (type === "json") return await loadStock(bytes);
  if (type === "bytes") return Uint8Array.from(bytes);
  if (type === ENCRYPTED_TAG) throw encrypted();
  const tag = parseTag(type);
  if (tag === undefined) throw new Damage(`has the unknown type \`${type.slice(0, 40)}\``);
  if (checksum(bytes) !== tag.checksum) throw new Damage("does not match its checksum");
  return await loadOwn(tag, bytes);
}

async function loadOwn({ form }: Tag, bytes: Uint8Array): Promise<unknown> {
  if (form === "bytes") return Uint8Array.from(bytes);
  const json = parse(bytes);
  if (form === "json") return json;
  return decode(json, needsMoreKinds(json, languageKinds) ? await knownKinds() : languageKinds);
}

async function loadStock(bytes: Uint8Array): Promise<unknown> {
  const json = parse(bytes);
  // Every record that the stock serializer makes has this key.
  const hasRecords = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('"lc"');
  return hasRecords ? reviveStock(json, (await knownKinds()).stock) : json;
}

async function encoded(value: unknown, place: BlobPlace | undefined): Promise<Encoded> {
  try {
    return encode(value, place, languageKinds);
  } catch (error) {
    if (!(error instanceof UnknownClass)) throw error;
    return encode(value, place, await knownKinds());
  }
}

function typed(form: Tag["form"], bytes: Uint8Array): [string, Uint8Array] {
  return [tagOf(form, bytes), bytes];
}

function textBytes(json: unknown, place: BlobPlace | undefined): Uint8Array {
  try {
    return Buffer.from(JSON.stringify(json), "utf8");
  } catch (error) {
    throw notSerializable({ place, path: [], found: "more data than one text can hold" }, error);
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function parse(bytes: Uint8Array): unknown {
  return JSON.parse(utf8.decode(bytes));
}

/** A view into a larger buffer counts too; only the bytes themselves are kept. */
function isPlainBytes(value: unknown): value is Uint8Array {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Uint8Array.prototype;
}

function encrypted(): BatonError {
  return new BatonError("encryption-key-unknown", "The checkpoint is encrypted and no key is configured.", {
    hint: "Configure the encryption keys with which it was written.",
  });
}
