import { BatonError } from "../core/errors.ts";
import { parsePromptRef } from "../prompts/ref.ts";
import { openProjectStore } from "./open-store.ts";

/**
 * The text that a run of this project stored under the blob id of a ref such as `brief/write@3f2a…`: a run that started from files that were
 * never committed is the only one that has it. Undefined when the ref names no full blob id, or no run has it.
 */
export async function storedPromptText(ref: string): Promise<string | undefined> {
  const { version } = parsePromptRef(ref);
  const id = version.kind === "blob" ? version.blob : version.kind === "revision" ? version.revision : "";
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u.test(id)) return undefined;
  const store = await openProjectStore();
  try {
    return await store?.blobs.get(id);
  } finally {
    await store?.close();
  }
}

/** Whether an error says that Git does not know a version. */
export function isUnknownVersion(error: unknown): boolean {
  return BatonError.is(error) && error.code === "prompt-ref-unknown";
}
