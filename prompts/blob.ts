import { createHash } from "node:crypto";

export type ObjectFormat = "sha1" | "sha256";

/** The id that Git gives to a file with these bytes. */
export function blobId(bytes: Uint8Array, format: ObjectFormat = "sha1"): string {
  return createHash(format).update(`blob ${bytes.byteLength}\0`).update(bytes).digest("hex");
}
