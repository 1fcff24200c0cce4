import { createSecretKey, type KeyObject } from "node:crypto";

import { BatonError } from "../../core/errors.ts";

export interface EncryptionKeys {
  /** Each key by its id: base64 of exactly 32 random bytes. Keep a key as long as anything is stored under it. */
  readonly keys: Readonly<Record<string, string>>;
  /** The id of the key that encrypts from now on. */
  readonly current: string;
}

/** Keys that no log and no inspection prints. */
export interface KeyRing {
  readonly current: string;
  readonly byId: ReadonlyMap<string, KeyObject>;
}

const KEY_BYTES = 32;

/** Checks the keys once, at the start. Throws `encryption-key-invalid` naming the id, never the key. */
export function keyRing({ keys, current }: EncryptionKeys): KeyRing {
  const byId = new Map(Object.entries(keys).map(([id, text]) => [keyId(id), secretKey(id, text)]));
  if (!byId.has(current)) throw invalid(`The current encryption key \`${current}\` is not among the keys.`);
  return { current, byId };
}

function keyId(id: string): string {
  if (/^[\w.-]{1,64}$/.test(id)) return id;
  throw invalid("The id of an encryption key needs 1 to 64 letters, digits, `.`, `_` or `-`.");
}

function secretKey(id: string, text: unknown): KeyObject {
  const bytes = Buffer.from(typeof text === "string" ? text : "", "base64");
  if (bytes.length !== KEY_BYTES || bytes.toString("base64") !== text)
    throw invalid(`The encryption key \`${id}\` is not base64 of exactly ${KEY_BYTES} bytes.`);
  return createSecretKey(bytes);
}

function invalid(message: string): BatonError {
  return new BatonError("encryption-key-invalid", message, { hint: "Make a key with: openssl rand -base64 32" });
}
