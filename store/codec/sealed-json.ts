import type { JsonValue } from "../../core/json.ts";
import { open, seal, type EncryptionOptions } from "./encryption.ts";
import { keyRing } from "./encryption-keys.ts";
import { unreadable } from "./refusal.ts";

/** Encrypts JSON for rows that hold text. `binding` names the row, as for the values of a checkpoint. */
export interface SealedJson {
  seal(value: JsonValue, binding: readonly string[]): JsonValue;
  /** Throws `checkpoint-unreadable` for what was changed or moved, and `encryption-key-unknown`. */
  open(sealed: JsonValue, binding: readonly string[]): JsonValue;
  /** A value that is not sealed, where `allowPlain` lets it pass. Throws `checkpoint-unreadable`. */
  plain<T>(value: T, binding: readonly string[]): T;
}

const PREFIX = "b1.aes:";

/** AES-256-GCM under the current key, as for checkpoints. */
export function sealedJson({ allowPlain = false, ...keys }: Omit<EncryptionOptions, "codec">): SealedJson {
  const ring = keyRing(keys);
  const placeOf = (binding: readonly string[]) => ({ channel: binding.at(-1) ?? "", binding });

  function plain<T>(value: T, binding: readonly string[]): T {
    if (allowPlain) return value;
    throw unreadable(placeOf(binding), "is not encrypted though encryption is on (`allowPlain` reads it)");
  }

  return {
    seal: (value, binding) =>
      PREFIX + Buffer.from(seal(ring, Buffer.from(JSON.stringify(value)), placeOf(binding))).toString("base64"),
    open(sealed, binding) {
      if (typeof sealed !== "string" || !sealed.startsWith(PREFIX)) return plain(sealed, binding);
      const bytes = open(ring, Buffer.from(sealed.slice(PREFIX.length), "base64"), placeOf(binding));
      // Written by `seal`, and not changed since.
      return JSON.parse(bytes.toString("utf8")) as JsonValue;
    },
    plain,
  };
}
