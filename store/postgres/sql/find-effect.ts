import { statement } from "../statement.ts";

export interface EffectRecord {
  readonly key: string;
  readonly status: string;
  readonly body: string;
}

/** The finished call of a key, or else its last entry; `$1` run, `$2` key. */
export const findEffect = statement<EffectRecord>(
  "find_effect",
  (schema) => `
select key, status, body from ${schema}.effects where run = $1 and key = $2
order by status = 'done' desc, seq desc limit 1`,
);
