import { type FSWatcher, watch } from "node:fs";

/** Editors write a file in several steps; what happens within this time is one change. */
const SETTLE_MS = 100;

/**
 * Calls `onChange` once at the beginning and after files below the folders have changed, one call at a time, until the signal aborts. The folders
 * are watched before the first call, and a change during a call leads to one more: none is missed. Rejects when a folder cannot be watched or
 * `onChange` fails.
 */
export async function watchFolders(
  folders: readonly string[],
  onChange: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;
  let working = false;
  const call = (): void => {
    working = true;
    onChange().then(() => void (working = false), reject);
  };
  const changed = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => (working ? changed() : call()), SETTLE_MS);
  };
  const watchers: FSWatcher[] = [];
  const stop = (): void => resolve();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    for (const folder of folders) watchers.push(watch(folder, { recursive: true }, changed).on("error", reject));
    if (!signal.aborted) call();
    await ended;
  } finally {
    signal.removeEventListener("abort", stop);
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  }
}
