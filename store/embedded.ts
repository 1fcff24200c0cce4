/** The embedded SQLite file of a project, named in a config. */
export interface EmbeddedFile {
  readonly kind: "sqlite";
}

/**
 * Names the file `.baton/baton.db` for `store`, `session` or `vector` of a config: it is then used on purpose, whatever the environment says.
 * Opens nothing.
 */
export function sqlite(): EmbeddedFile {
  return { kind: "sqlite" };
}
