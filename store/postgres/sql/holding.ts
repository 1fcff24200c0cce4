import { HOLDING_STATUSES } from "../../../runs/run.ts";

/** Statuses in which a run holds its thread or waits for it, as they stand in a statement. */
export const HOLDING = HOLDING_STATUSES.map((status) => `'${status}'`).join(", ");
