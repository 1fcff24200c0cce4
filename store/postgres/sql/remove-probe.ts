import { statement } from "../statement.ts";

/** Returns what was there; `$1` id. */
export const removeProbe = statement<{ readonly id: string }>(
  "remove_probe",
  (schema) => `delete from ${schema}.probes where id = $1 returning id`,
);
