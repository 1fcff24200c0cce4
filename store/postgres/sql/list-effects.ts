import { statement } from "../statement.ts";
import type { EffectRecord } from "./find-effect.ts";

/** In the order in which they were stored; `$1` run. */
export const listEffects = statement<EffectRecord>(
  "list_effects",
  (schema) => `select key, status, body from ${schema}.effects where run = $1 order by seq`,
);
