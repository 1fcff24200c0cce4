import { randomUUID } from "node:crypto";

import { BatonError } from "../core/errors.ts";
import { parseTenantId } from "../core/ids.ts";
import { newRunId } from "../core/new-run-id.ts";
import type { MemoryItem, MemoryScope } from "../memory/item.ts";
import type { LastingLayer } from "../memory/layer.ts";

const TENANT = parseTenantId("baton-doctor");
const TEXT = "A relay team carries one baton.";

/**
 * Proves that a lasting layer answers: remembers an item in a scope of its own, recalls it, and removes what it wrote.
 * Throws `memory-unavailable` when the layer does not give back what it was given, and the layer's errors.
 */
export async function probeLayer(layer: LastingLayer, implementation: string): Promise<void> {
  const scope: MemoryScope = { tenant: TENANT, namespace: randomUUID() };
  const run = newRunId();
  const item: MemoryItem = {
    id: "probe",
    text: TEXT,
    group: "probe",
    order: 0,
    time: Date.now(),
    meta: {},
    origin: { run, kind: "person", by: "doctor", trust: "reviewed" },
  };
  try {
    await layer.remember(scope, [item]);
    const [found] = await layer.recall({ scope, text: TEXT, limit: 1 });
    if (found?.text !== TEXT) throw lost(implementation, layer.name);
  } finally {
    await layer.purge({ tenant: TENANT, run });
    if (layer.name === "session") await layer.purge({ tenant: TENANT, session: scope.namespace });
  }
}

function lost(implementation: string, layer: string): BatonError {
  return new BatonError(
    "memory-unavailable",
    `The ${layer} memory in \`${implementation}\` did not recall what was just remembered.`,
    {
      hint: "Look for a program that empties or restores it while Baton runs.",
    },
  );
}
