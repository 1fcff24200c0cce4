import type { PromptPin } from "../prompts/pin.ts";
import type { PromptRef } from "../prompts/ref.ts";
import { pinFromRuns } from "../runs/stored-prompt.ts";
import { openProjectStore } from "./open-store.ts";

/** A prompt as a run of this project has pinned it; undefined where nothing ever ran, and as `pinFromRuns` says. */
export async function storedPin(ref: PromptRef): Promise<PromptPin | undefined> {
  const store = await openProjectStore();
  try {
    return store === undefined ? undefined : await pinFromRuns(store, ref);
  } finally {
    await store?.close();
  }
}
