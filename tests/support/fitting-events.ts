import { StoredEvent } from "batonjs";
import { expect } from "vitest";

/** Expects every event to fit the schema that users read it by, and nothing of it to be missing there. */
export function expectFitting(events: readonly StoredEvent[]): void {
  for (const event of events) expect(StoredEvent.parse(event)).toEqual(event);
}
