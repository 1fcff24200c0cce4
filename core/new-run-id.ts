import { ulid } from "ulid";

import type { RunId } from "./ids.ts";

/** A new run id; ids sort by the time they were made. */
export function newRunId(): RunId {
  // One of the places that give the brand, as the parsers of ids do. Apart from them, since its library loads Node's crypto.
  return `run_${ulid()}` as RunId;
}
