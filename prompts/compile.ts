import { BatonError } from "../core/errors.ts";
import { blobId } from "./blob.ts";
import { compileEntry, type CompiledPrompt } from "./checked-prompt.ts";
import type { PinnedFile, PromptPin } from "./pin.ts";

export type { CompiledPrompt } from "./checked-prompt.ts";

const MOST_COMPILED = 500;

const compiled = new Map<string, CompiledPrompt>();

/**
 * Compiles a prompt from its pin alone; compiled prompts are kept by closure. Throws `prompt-invalid` when a pinned text is not what its blob id
 * says, and every error of a prompt file.
 */
export function compilePrompt(pin: PromptPin): CompiledPrompt {
  return compiled.get(keyOf(pin)) ?? keepCompiled(pin, compilePinned(pin));
}

/** Keeps what was compiled from the same files as the pin, so that `compilePrompt` finds it. */
export function keepCompiled(pin: PromptPin, prompt: CompiledPrompt): CompiledPrompt {
  if (compiled.size >= MOST_COMPILED) {
    const [oldest] = compiled.keys();
    if (oldest !== undefined) compiled.delete(oldest);
  }
  compiled.set(keyOf(pin), prompt);
  return prompt;
}

/** Two names can share one closure only when their files are equal; messages of errors still differ by the name. */
function keyOf(pin: PromptPin): string {
  return `${pin.closure} ${pin.name}`;
}

function compilePinned(pin: PromptPin): CompiledPrompt {
  const [main] = pin.files;
  if (main === undefined) throw damaged(pin, "holds no file");
  for (const file of pin.files) refuseChanged(pin, file);
  const texts = new Map(pin.files.map(({ path, text }) => [path, text]));
  return compileEntry({
    name: pin.name,
    path: main.path,
    files: { read: (path) => texts.get(path), show: (path) => path },
  });
}

function refuseChanged(pin: PromptPin, file: PinnedFile): void {
  const format = file.blob.length === 64 ? "sha256" : "sha1";
  if (blobId(Buffer.from(file.text, "utf8"), format) !== file.blob)
    throw damaged(pin, `holds a text for \`${file.path}\` that is not the one its blob id names`);
}

function damaged(pin: PromptPin, what: string): BatonError {
  return new BatonError("prompt-invalid", `The pin \`${pin.ref}\` ${what}.`, {
    hint: "The stored pin was changed or damaged; start a new run.",
  });
}
