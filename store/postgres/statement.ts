/** One SQL statement; `Row` is what it returns. */
export interface Statement<Row> {
  /** Names the prepared statement on its connection; unique in Baton. */
  readonly name: string;
  /** The text for a schema, whose name is quoted already. */
  readonly text: (schema: string) => string;
  /** Never there: carries the type of the rows. */
  readonly row?: Row;
}

/** What may be given for a parameter. */
export type Parameter = string | number | boolean | null | Uint8Array | readonly (string | number | boolean | null)[];

/** Names a statement and the rows that it returns. */
export function statement<Row>(name: string, text: (schema: string) => string): Statement<Row> {
  if (name.length > LONGEST_NAME) throw new Error(`The name of the statement \`${name}\` is too long.`);
  return { name: `baton_${name}`, text };
}

/** The server keeps 63 bytes of a name, and takes two that begin alike for one. */
const LONGEST_NAME = 63 - "baton_".length;
