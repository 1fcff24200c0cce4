import { BatonError } from "../../core/errors.ts";

/** The schema of Baton's own tables when nothing else is asked for. */
export const DEFAULT_SCHEMA = "baton";

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/u;

/** A schema's name as it stands in a statement. Throws `config-invalid` for a name that is not letters, digits and `_`. */
export function quotedSchema(name: string): string {
  if (NAME.test(name)) return `"${name}"`;
  throw new BatonError("config-invalid", `\`${name.slice(0, 80)}\` cannot be the name of a database schema.`, {
    hint: "Use up to 63 letters, digits and `_`, starting with a letter or `_`.",
  });
}
