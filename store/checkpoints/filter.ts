import { BatonError } from "../../core/errors.ts";

const KEY = /^[A-Za-z_][A-Za-z0-9_.-]*$/u;

/**
 * A metadata filter as keys and the JSON text that each must have (null: absent): as text, `1`, `"1"` and `true` are three different things.
 * Throws `bad-usage` for a key that is no plain name.
 */
export function filterTexts(filter: Readonly<Record<string, unknown>>): [key: string, value: string | null][] {
  return Object.entries(filter).map(([key, value]) => {
    if (KEY.test(key)) return [key, value === undefined ? null : JSON.stringify(value)];
    throw new BatonError("bad-usage", `\`${key}\` cannot be a key of a checkpoint filter.`, {
      hint: "Use letters, digits, `_`, `-` and `.`, starting with a letter or `_`.",
    });
  });
}
