/** One file of a prompt: a path relative to its prompt root (with `/`), Git's blob id and the text. */
export interface PinnedFile {
  readonly path: string;
  readonly blob: string;
  readonly text: string;
}

/**
 * Everything a prompt is made of, pinned: the file, its transitive partials and schemas. A run stores this for every prompt it can
 * use and renders from it, never from the working tree.
 */
export interface PromptPin {
  /** Name without the ending: `brief/write`. */
  readonly name: string;
  /** `name@<blob id of the main file>`: what provenance and events show. */
  readonly ref: string;
  /** SHA-256 over the sorted (path, blob) list and the renderer's version: the identity of the prompt's behaviour. */
  readonly closure: string;
  /** True when a file differs from what Git has committed, or when there is no Git to ask. */
  readonly dirty: boolean;
  /** The main file first, then partials and schemas. */
  readonly files: readonly PinnedFile[];
}
