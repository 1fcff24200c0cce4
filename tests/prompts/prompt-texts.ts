import { blobId } from "../../prompts/blob.ts";
import { closureOf } from "../../prompts/closure.ts";
import { compilePrompt, type CompiledPrompt } from "../../prompts/compile.ts";
import type { PromptPin } from "../../prompts/pin.ts";

/** Makes a pin by hand, the first file being the prompt's own: no disk, no Git. */
export function pinOf(files: Readonly<Record<string, string>>): PromptPin {
  const pinned = Object.entries(files).map(([path, text]) => ({ path, blob: blobId(Buffer.from(text)), text }));
  const name = (pinned[0]?.path ?? "").replace(/\.prompt$/u, "");
  return { name, ref: `${name}@${pinned[0]?.blob ?? ""}`, closure: closureOf(pinned), dirty: true, files: pinned };
}

/** Compiles a prompt from texts; the first file is the prompt's own. */
export function compileTexts(files: Readonly<Record<string, string>>): CompiledPrompt {
  return compilePrompt(pinOf(files));
}
