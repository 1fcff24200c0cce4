import { join } from "node:path";

import type { Cell } from "../cell.ts";
import type { PlannedSuite } from "../plan.ts";
import { type Cassette, openCassette, type Tape } from "./cassette.ts";
import type { CassetteMode } from "./modes.ts";

/** The cassettes of a project. */
export interface Shelf {
  tapeOf(planned: PlannedSuite, cell: Cell): Promise<Tape | undefined>;
  save(env: NodeJS.ProcessEnv): Promise<void>;
  /** Whether an answer came from a recording that no language model made. */
  playedSynthetic(): Promise<boolean>;
}

export interface ShelfOptions {
  /** Absolute folder of the cassettes; suites and cases are files below it. */
  readonly folder: string;
  /** How users know that folder. */
  readonly shown: string;
  readonly mode: CassetteMode;
}

/** Opens each cassette when its first case runs. Both sides of a comparison share one: their requests differ. */
export function openShelf({ folder, shown, mode }: ShelfOptions): Shelf {
  const open = new Map<string, Promise<Cassette>>();
  return {
    async tapeOf({ before, after }, { suite, case: id, side, repeat }) {
      if (mode === "off") return undefined;
      const file = `${suite}/${encodeURIComponent(id)}.jsonl`;
      const opening = open.get(file) ?? openCassette(join(folder, file), `${shown}/${file}`, mode);
      open.set(file, opening);
      const target = side === "before" && before !== undefined ? before : after;
      return (await opening).tape({ repeat, closures: target.closures });
    },
    async playedSynthetic() {
      const opened = await Promise.all(open.values());
      return opened.some((cassette) => cassette.playedSynthetic);
    },
    async save(env) {
      for (const opening of open.values()) await (await opening).save(env);
    },
  };
}
