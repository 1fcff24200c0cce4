import { crc32 } from "node:zlib";

/** How a value was written. The type column of a stored value holds it, so that a reader never has to guess. */
export type Form = "json" | "ext" | "bytes";

/** Marks values that `encryptedCodec` wrote. */
export const ENCRYPTED_TAG = "b1.aes";

/**
 * The type tag of a value: format, form and checksum (`b1.json.1a2b3c4d`). The checksum lives in the tag, so that the bytes of plain
 * data stay plain JSON that a database console can show.
 */
export function tagOf(form: Form, bytes: Uint8Array): string {
  return `b1.${form}.${checksum(bytes)}`;
}

/** What the tags of plain JSON begin with, before the checksum. */
export const PLAIN_TAG = "b1.json.";

export interface Tag {
  readonly form: Form;
  readonly checksum: string;
}

/** Undefined for every tag that `tagOf` did not make. */
export function parseTag(tag: string): Tag | undefined {
  const match = /^b1\.(json|ext|bytes)\.([0-9a-f]{8})$/.exec(tag);
  const [, form, sum] = match ?? [];
  if (sum === undefined || (form !== "json" && form !== "ext" && form !== "bytes")) return undefined;
  return { form, checksum: sum };
}

export function checksum(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(8, "0");
}
