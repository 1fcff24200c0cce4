import type { RenderedPrompt } from "../agents/services.ts";
import { BatonError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import type { Workflow } from "../graph/workflow.ts";
import { type CompiledPrompt, compilePrompt } from "../prompts/compile.ts";
import type { PromptPin } from "../prompts/pin.ts";
import type { RunPromptPin } from "./run.ts";
import type { BlobRow, Store } from "./store.ts";

/** Names of the prompts that a workflow's agents can use. */
export function promptsOf(workflow: Workflow): readonly string[] {
  return [...new Set(workflow.nodes.flatMap(({ rights }) => (rights?.prompt === undefined ? [] : [rights.prompt])))];
}

/** Splits pins into what the run row holds and the texts, which are stored once under their blob ids. */
export function toRunPins(pins: readonly PromptPin[]): { readonly prompts: readonly RunPromptPin[]; readonly blobs: readonly BlobRow[] } {
  return {
    prompts: pins.map(({ files, ...pin }) => ({ ...pin, files: files.map(({ path, blob }) => ({ path, blob })) })),
    blobs: pins.flatMap(({ files }) => files.map(({ blob, text }) => ({ id: blob, text }))),
  };
}

export interface PinnedPrompts {
  /** Renders a pinned prompt; throws `prompt-not-found` for one that the run did not pin. */
  render(name: string, variables: JsonObject): RenderedPrompt;
}

/** Reads a run's prompts back from the store: never from the working tree. Throws `prompt-pin-missing` naming the closure. */
export async function loadPins(blobs: Store["blobs"], pins: readonly RunPromptPin[]): Promise<PinnedPrompts> {
  const compiled = new Map<string, { readonly pin: RunPromptPin; readonly prompt: CompiledPrompt }>();
  for (const pin of pins) {
    const files = await Promise.all(pin.files.map(async ({ path, blob }) => ({ path, blob, text: await textOf(blobs, pin, blob) })));
    compiled.set(pin.name, { pin, prompt: compilePrompt({ ...pin, files }) });
  }
  return {
    render(name, variables) {
      const found = compiled.get(name);
      if (found === undefined) {
        throw new BatonError("prompt-not-found", `The run did not pin the prompt \`${name}\`.`, { hint: "Start a new run: this one began without that prompt." });
      }
      const { ref, closure, dirty } = found.pin;
      return { ref, closure, dirty, ...found.prompt.render(variables) };
    },
  };
}

async function textOf(blobs: Store["blobs"], pin: RunPromptPin, blob: string): Promise<string> {
  const text = await blobs.get(blob);
  if (text !== undefined) return text;
  throw new BatonError("prompt-pin-missing", `The text of the pinned prompt \`${pin.ref}\` (closure ${pin.closure.slice(0, 12)}) is gone from the store.`, {
    hint: "Restore the store from a backup, or start a new run.",
  });
}
