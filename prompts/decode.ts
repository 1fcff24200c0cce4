import { isUtf8 } from "node:buffer";

import { PromptError } from "./prompt-error.ts";

/** Larger files are not prompts: 256 KiB is about 60,000 tokens. */
export const LARGEST_FILE_BYTES = 256 * 1024;

const LFS_POINTER = "version https://git-lfs.github.com/spec/";

/** Returns the text of a prompt or schema file exactly, with its byte order mark and line ends. Throws `prompt-invalid` when it is not UTF-8 text. */
export function decodeText(bytes: Uint8Array, path: string): string {
  const text = decoded(bytes, path);
  if (text.includes("\0")) throw notText(path, "holds NUL bytes", "Save it as plain UTF-8 text.");
  if (text.startsWith(LFS_POINTER))
    throw notText(
      path,
      "is a Git LFS pointer, not the file itself",
      "Run `git lfs pull`, or take prompts out of Git LFS.",
    );
  return text;
}

/** The error for a file that is larger than a prompt can be. */
export function tooLarge(path: string, bytes: number): PromptError {
  return notText(
    path,
    `is too large (${bytes} bytes; at most ${LARGEST_FILE_BYTES})`,
    "Pass long texts as variables instead of writing them into the file.",
  );
}

function decoded(bytes: Uint8Array, path: string): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    throw notText(path, "is UTF-16", "Save it as UTF-8.");
  if (!isUtf8(bytes)) throw notText(path, "is not valid UTF-8", "Save it as plain UTF-8 text.");
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

function notText(path: string, what: string, hint: string): PromptError {
  return new PromptError("prompt-invalid", { message: `File \`${path}\` ${what}.`, place: { path, line: 1 }, hint });
}
