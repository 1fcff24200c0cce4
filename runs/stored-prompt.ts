import { BatonError } from "../core/errors.ts";
import type { PromptPin } from "../prompts/pin.ts";
import type { PromptRef } from "../prompts/ref.ts";
import type { RunId } from "../core/ids.ts";
import type { RunPromptPin } from "./run.ts";
import type { Store } from "./store.ts";

const PAGE = 100;
const MOST_RUNS = 1000;
const BLOB = /^[0-9a-f]{7,64}$/u;

/** Whether an error says that neither the files nor Git nor a bundle have a version: a run may have it still. */
export function isUnknownVersion(error: unknown): boolean {
  return BatonError.is(error) && (error.code === "prompt-ref-unknown" || error.code === "prompt-not-found");
}

/**
 * A prompt as the newest run that has it pinned it, partials and schemas included, found by the blob id in its ref: nobody else has a text that
 * was never committed. A shortened id is looked for in the newest thousand runs. Undefined when the ref names no blob, or no such run has it.
 */
export async function pinFromRuns(
  { runs, blobs }: Pick<Store, "runs" | "blobs">,
  { name, version }: PromptRef,
): Promise<PromptPin | undefined> {
  const blob = version.kind === "blob" ? version.blob : version.kind === "revision" ? version.revision : "";
  if (!BLOB.test(blob)) return undefined;
  const isWhole = blob.length === 40 || blob.length === 64;
  if (isWhole && (await blobs.get(blob)) === undefined) return undefined;
  let before: RunId | undefined;
  for (let seen = 0; isWhole || seen < MOST_RUNS; seen += PAGE) {
    const page = await runs.list({ limit: PAGE, ...(before === undefined ? {} : { before }) });
    const found = page.flatMap(({ pins }) => pins.prompts).find((pin) => isVersion(pin, { name, blob }));
    if (found !== undefined) return await withTexts(blobs, found);
    before = page.at(-1)?.id;
    if (page.length < PAGE) return undefined;
  }
  return undefined;
}

function isVersion(pin: RunPromptPin, { name, blob }: { readonly name: string; readonly blob: string }): boolean {
  return pin.name === name && pin.files[0]?.blob.startsWith(blob) === true;
}

async function withTexts(
  blobs: Store["blobs"],
  { name, ref, closure, dirty, files }: RunPromptPin,
): Promise<PromptPin | undefined> {
  const texts = await Promise.all(files.map(async ({ path, blob }) => ({ path, blob, text: await blobs.get(blob) })));
  const whole = texts.flatMap(({ text, ...file }) => (text === undefined ? [] : [{ ...file, text }]));
  return whole.length === files.length ? { name, ref, closure, dirty, files: whole } : undefined;
}
