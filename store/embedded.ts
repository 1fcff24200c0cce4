import type { EncryptionOptions } from "./encryption-options.ts";

/** The embedded SQLite file of a project, named in a config. */
export interface EmbeddedFile {
  readonly kind: "sqlite";
}

export interface SqliteOptions {
  /** The file, relative to the config file. @default ".baton/baton.db" */
  readonly path?: string;
  /** Keys under which checkpoints and what rows hold of a run's data are encrypted. @default they are stored as they are */
  readonly encryption?: EncryptionOptions;
}

/** An embedded file with what a store of runs may say about it. */
export type EmbeddedStore = EmbeddedFile & SqliteOptions;

/**
 * Names the file `.baton/baton.db`, or another one, for `store`, `session` or `vector` of a config: it is then used on purpose, whatever the
 * environment says. Memory layers lie in the file of the store, so they take no options. Opens nothing.
 */
export function sqlite(): EmbeddedFile;
export function sqlite(options: SqliteOptions): EmbeddedStore;
export function sqlite(options: SqliteOptions = {}): EmbeddedStore {
  return { ...options, kind: "sqlite" };
}
