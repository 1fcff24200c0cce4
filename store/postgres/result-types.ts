import type { CustomTypesConfig } from "pg";

const BYTEA = 17;
const BIGINT = 20;

/**
 * How results are read: numbers of our own counters are far below 2^53, times come as numbers, and everything else that our statements
 * return is text, a small number or a truth value.
 */
export const resultTypes: CustomTypesConfig = {
  // pg hands over each value as the text that the server sent.
  getTypeParser: (oid: number) => PARSERS.get(oid) ?? asText,
};

const BOOLEAN = 16;
const SMALL_INTEGER = 21;
const INTEGER = 23;
const DOUBLE = 701;

const PARSERS = new Map<number, (text: string) => unknown>([
  [BYTEA, (text) => Buffer.from(text.slice(2), "hex")],
  [BIGINT, Number],
  [SMALL_INTEGER, Number],
  [INTEGER, Number],
  [DOUBLE, Number],
  [BOOLEAN, (text) => text === "t"],
]);

function asText(text: string): string {
  return text;
}
