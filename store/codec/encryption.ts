import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from "node:crypto";

import { BatonError } from "../../core/errors.ts";
import { stateCodec, type StateCodec, type StoredValue } from "./codec.ts";
import { keyRing, type EncryptionKeys, type KeyRing } from "./encryption-keys.ts";
import type { BlobPlace } from "./place.ts";
import { unreadable } from "./refusal.ts";
import { ENCRYPTED_TAG } from "./tag.ts";

export interface EncryptionOptions extends EncryptionKeys {
  /** Reads values that were stored before encryption was switched on; new ones are encrypted all the same. @default false */
  readonly allowPlain?: boolean;
  /** What is encrypted. @default stateCodec() */
  readonly codec?: StateCodec;
}

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const SEAL_BYTES = 16;

/**
 * Encrypts every value with AES-256-GCM under the current key and reads values of every given key. A changed byte, a foreign key or a
 * value moved to another row is `checkpoint-unreadable`, a key that is not there `encryption-key-unknown`, and so is never a wrong value.
 */
export function encryptedCodec({ allowPlain = false, codec = stateCodec(), ...keys }: EncryptionOptions): StateCodec {
  const ring = keyRing(keys);
  return {
    async dumpsTyped(value, place) {
      const [type, bytes] = await codec.dumpsTyped(value, place);
      return [ENCRYPTED_TAG, seal(ring, withType(type, bytes), place)];
    },
    async loadsTyped(type, data, place) {
      if (type !== ENCRYPTED_TAG) {
        if (!allowPlain) throw unreadable(place, "is not encrypted though encryption is on (`allowPlain` reads it)");
        return await codec.loadsTyped(type, data, place);
      }
      const sealed = typeof data === "string" ? Buffer.from(data, "latin1") : data;
      const [plainType, bytes] = splitType(open(ring, sealed, place));
      return await codec.loadsTyped(plainType, bytes, place);
    },
    // A new nonce gives equal values other bytes: what is compared is what was encrypted.
    isSame: (a, b, place) => Buffer.compare(opened(ring, a, place), opened(ring, b, place)) === 0,
  };
}

/** Length and id of the key, nonce, seal, encrypted bytes. */
export function seal(ring: KeyRing, plain: Uint8Array, place: BlobPlace | undefined): Uint8Array {
  const key = keyOf(ring, ring.current);
  const id = Buffer.from(ring.current, "ascii");
  const header = Buffer.concat([Buffer.of(id.length), id, randomBytes(NONCE_BYTES)]);
  const cipher = createCipheriv(CIPHER, key, header.subarray(1 + id.length), { authTagLength: SEAL_BYTES });
  cipher.setAAD(context(header, place));
  const hidden = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([header, cipher.getAuthTag(), hidden]);
}

/** The bytes that `seal` was given. Throws `checkpoint-unreadable` and `encryption-key-unknown`. */
export function open(ring: KeyRing, sealed: Uint8Array, place: BlobPlace | undefined): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const idEnd = 1 + (bytes[0] ?? 0);
  const headerEnd = idEnd + NONCE_BYTES;
  if (bytes.length < headerEnd + SEAL_BYTES) throw unreadable(place, "is shorter than anything encrypted");
  const key = keyOf(ring, bytes.toString("latin1", 1, idEnd));
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(idEnd, headerEnd), { authTagLength: SEAL_BYTES });
  decipher.setAAD(context(bytes.subarray(0, headerEnd), place));
  decipher.setAuthTag(bytes.subarray(headerEnd, headerEnd + SEAL_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(headerEnd + SEAL_BYTES)), decipher.final()]);
  } catch (error) {
    throw unreadable(place, "was changed after it was encrypted, or belongs to another place", error);
  }
}

/** A value with its type, without encryption. */
function opened(ring: KeyRing, { type, value }: StoredValue, place: BlobPlace | undefined): Uint8Array {
  return type === ENCRYPTED_TAG ? open(ring, value, place) : withType(type, value);
}

/** What is authenticated beside the value: the format, key and nonce, and the row when the saver names it. */
function context(header: Buffer, place: BlobPlace | undefined): Buffer {
  const row = place?.binding === undefined ? "" : JSON.stringify([place.channel, ...place.binding]);
  return Buffer.concat([Buffer.from(`${ENCRYPTED_TAG}\n`), header, Buffer.from(row, "utf8")]);
}

function keyOf(ring: KeyRing, id: string): KeyObject {
  const key = ring.byId.get(id);
  if (key !== undefined) return key;
  const shown = /^[\w.-]{1,64}$/.test(id) ? `\`${id}\`` : "with a damaged id";
  throw new BatonError(
    "encryption-key-unknown",
    `A checkpoint is encrypted under the key ${shown}, which is not configured.`,
    {
      hint: "Add the key under its id; keep old keys as long as anything is stored under them.",
    },
  );
}

/** The type of the value is hidden and authenticated with it. */
function withType(type: string, bytes: Uint8Array): Uint8Array {
  const name = Buffer.from(type, "utf8");
  if (name.length > 255) throw new RangeError("a type tag of more than 255 bytes");
  return Buffer.concat([Buffer.of(name.length), name, bytes]);
}

function splitType(plain: Buffer): [type: string, bytes: Uint8Array] {
  const end = 1 + (plain[0] ?? 0);
  return [plain.toString("utf8", 1, end), plain.subarray(end)];
}
