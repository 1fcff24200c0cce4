import { statement } from "../statement.ts";
import { RUN_COLUMNS, type RunRow } from "./run-columns.ts";

/** `$1` id. */
export const findRun = statement<RunRow>(
  "find_run",
  (schema) => `select ${RUN_COLUMNS} from ${schema}.runs r where r.id = $1`,
);
