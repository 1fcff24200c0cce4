import { randomUUID } from "node:crypto";

import { BatonError } from "../../core/errors.ts";
import { parseTenantId } from "../../core/ids.ts";
import type { MemoryItem, MemoryScope } from "../../memory/item.ts";
import type { LastingLayers } from "../../memory/run-memory.ts";
import type { Connection } from "./connection.ts";
import { scopeSegments } from "./vectors.ts";

const TABLES = ["memory_items", "memory_sessions", "memory_session_items", "memory_session_ops"] as const;
const TENANT = parseTenantId("baton-doctor");
const TEXT = "A relay team carries one baton.";

/**
 * Proves that both lasting layers answer: remembers an item in a scope of its own, recalls it, and removes the scope.
 * Throws `database-corrupt` when a layer does not give back what it was given, and the store's errors.
 */
export async function probeMemory(connection: Connection, layers: LastingLayers): Promise<void> {
  const scope: MemoryScope = { tenant: TENANT, namespace: randomUUID() };
  const item: MemoryItem = {
    id: "probe",
    text: TEXT,
    group: "probe",
    order: 0,
    time: connection.clock.now(),
    meta: {},
  };
  try {
    for (const layer of [layers.session, layers.vector]) {
      await layer.remember(scope, [item]);
      const [found] = await layer.recall({ scope, text: TEXT, limit: 1 });
      if (found?.text !== TEXT) throw lost(connection.path, layer.name);
    }
  } finally {
    await forget(connection, scope);
  }
}

function lost(path: string, layer: string): BatonError {
  return new BatonError(
    "database-corrupt",
    `The ${layer} memory in \`${path}\` did not recall what was just remembered.`,
    {
      hint: "Look for a program that replaces or restores this file while Baton runs.",
    },
  );
}

async function forget(connection: Connection, scope: MemoryScope): Promise<void> {
  const key = scopeSegments(scope);
  const removals = TABLES.map((table) =>
    connection.statement(`delete from ${table} where tenant = ? and namespace = ?`),
  );
  await connection.write(() => {
    for (const removal of removals) removal.run(...key);
  });
}
