import { existsSync, type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";

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
  let fresh: Reading | undefined;
  let started = 0;
  const watchers = startWatching(places, () => void (fresh = undefined));
  const read = (): Reading => {
    started += 1;
    return { number: started, prompts: openProjectPrompts(places) };
  };
  // Watched first, so that no change during the first reading is lost.
  const first = (fresh = read());
  let latest = { number: first.number, prompts: await readOrStop(first, watchers) };
  return {
    get latest() {
      return latest.prompts;
    },
    async current() {
      // A change during the reading makes whoever asks after it read once more.
      const reading = (fresh ??= read());
      try {
        const prompts = await reading.prompts;
        // A reading that began earlier may end later.
        if (reading.number > latest.number) latest = { number: reading.number, prompts };
        return prompts;
      } catch (error) {
        if (fresh === reading) fresh = undefined;
        throw error;
      }
    },
    [Symbol.dispose]: () => stop(watchers),
  };
}

interface Reading {
  /** Of two readings, the one that began later has the higher. */
  readonly number: number;
  readonly prompts: Promise<ProjectPrompts>;
}

async function readOrStop({ prompts }: Reading, watchers: readonly FSWatcher[]): Promise<ProjectPrompts> {
  try {
    return await prompts;
  } catch (error) {
    stop(watchers);
    throw error;
  }
}

/** Folders that do not exist are not watched: there may be a bundle, and otherwise the reading says what is wrong with them. */
function startWatching({ roots, bundle }: PromptPlaces, changed: () => void): readonly FSWatcher[] {
  const watchers: FSWatcher[] = [];
  try {
    for (const root of roots.filter((path) => existsSync(path)))
      watchers.push(watch(root, { recursive: true, persistent: false }, changed).on("error", changed));
    // A bundle is replaced as a whole, by a file of the same name.
    const folder = dirname(bundle);
    if (existsSync(folder)) {
      const ofBundle = watch(folder, { persistent: false }, (_, name) => {
        if (name === null || name === basename(bundle)) changed();
      });
      watchers.push(ofBundle.on("error", changed));
    }
    return watchers;
  } catch (error) {
    stop(watchers);
    throw new BatonError("config-invalid", `The prompt folders cannot be watched: ${String(error)}`, {
      hint: "Open Baton without `watch`, or raise the system's limit on watched files.",
      cause: error,
    });
  }
}

function stop(watchers: readonly FSWatcher[]): void {
  for (const watcher of watchers) watcher.close();
}
