import { statement } from "../statement.ts";

/** `$1` id. */
export const insertProbe = statement<never>(
  "insert_probe",
  (schema) => `insert into ${schema}.probes (id) values ($1) on conflict do nothing`,
);
