import type { BatonError } from "../core/errors.ts";

/** A prompt or schema file as its source gives it. The text is what Git stores, or would store, for the file. */
export interface PromptFile {
  /** Relative to the source's root, with `/`. */
  readonly path: string;
  readonly blob: string;
  readonly text: string;
  /** True when the text is not what Git has committed. */
  readonly dirty: boolean;
}

/** A file that must not be used; the reason is thrown when a prompt needs it. */
export interface RefusedFile {
  readonly path: string;
  readonly refusal: BatonError;
}

/** Where prompt files come from: a folder; a Git revision and a bundle can be others. */
export interface PromptSource {
  /** How errors name a file of this source. */
  show(path: string): string;
  /** All `.prompt` files and schemas, sorted by path. */
  files(): Promise<readonly (PromptFile | RefusedFile)[]>;
}
