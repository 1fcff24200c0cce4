import { type FSWatcher, watch } from "node:fs";

import { BatonError } from "../core/errors.ts";
import { openProjectPrompts, type ProjectPrompts, type PromptPlaces } from "./project.ts";

/** The prompts of a project, for as long as it is open. */
export interface LivePrompts extends Disposable {
  /** As they were last read. */
  readonly latest: ProjectPrompts;
  /** As they are now. Throws what `openProjectPrompts` throws when they were changed and cannot be read. */
  current(): Promise<ProjectPrompts>;
}

/** Opens the prompts of a project once and for all. */
export async function fixedPrompts(places: PromptPlaces): Promise<LivePrompts> {
  return asTheyAre(await openProjectPrompts(places));
}

/** Prompts that never change. */
export function asTheyAre(latest: ProjectPrompts): LivePrompts {
  return { latest, current: () => Promise.resolve(latest), [Symbol.dispose]() {} };
}

/**
 * Opens the prompts of a project and reads them again after a change below its folders: whoever asks next gets the new ones. The watchers do not
 * keep the process alive.
 */
export async function watchedPrompts(places: PromptPlaces): Promise<LivePrompts> {
  let latest = await openProjectPrompts(places);
  let fresh: Promise<ProjectPrompts> | undefined;
  const changed = (): void => void (fresh = undefined);
  fresh = Promise.resolve(latest);
  const watchers = startWatching(places.roots, changed);
  return {
    get latest() {
      return latest;
    },
    async current() {
      // A change during the reading makes whoever asks after it read once more.
      const reading = (fresh ??= openProjectPrompts(places));
      try {
        latest = await reading;
        return latest;
      } catch (error) {
        if (fresh === reading) fresh = undefined;
        throw error;
      }
    },
    [Symbol.dispose]() {
      for (const watcher of watchers) watcher.close();
    },
  };
}

function startWatching(roots: readonly string[], changed: () => void): readonly FSWatcher[] {
  try {
    return roots.map((root) => watch(root, { recursive: true, persistent: false }, changed).on("error", changed));
  } catch (error) {
    throw new BatonError("config-invalid", `The prompt folders cannot be watched: ${String(error)}`, {
      hint: "Open Baton without `watch`, or raise the system's limit on watched files.",
      cause: error,
    });
  }
}
