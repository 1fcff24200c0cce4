import { diffPrompts } from "../prompts/diff.ts";
import type { PromptPin } from "../prompts/pin.ts";
import type { PinPair } from "./impact.ts";

/** A file of a prompt, relative to its folder of prompts, and the line that counts in it. */
export interface PromptPlace {
  readonly path: string;
  readonly line: number;
}

/** Where the later version of a prompt first says something else; its first line where only settings differ. */
export function changedPlace({ before, after }: PinPair): PromptPlace | undefined {
  if (after === undefined) return undefined;
  const change =
    before === undefined ? undefined : diffPrompts(before, after).texts.find(({ hunks }) => hunks.length > 0);
  const [hunk] = change?.hunks ?? [];
  if (change === undefined || hunk === undefined) return beginningOf(after);
  const unchanged = hunk.lines.findIndex((line) => !line.startsWith(" "));
  return { path: change.path, line: hunk.line + Math.max(0, unchanged) };
}

export function beginningOf({ files: [main], name }: PromptPin): PromptPlace {
  return { path: main?.path ?? name, line: 1 };
}
