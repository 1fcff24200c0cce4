import type { Command } from "commander";

import type { Baton } from "../baton.ts";
import { BatonError } from "../core/errors.ts";
import { DEFAULT_TENANT, parseSessionId, parseTenantId } from "../core/ids.ts";
import { runMemory, type ScopedMemory } from "../memory/run-memory.ts";

/** Whose memory a command looks at. */
export interface MemoryFlags {
  readonly tenant?: string;
  readonly session?: string;
  readonly namespace?: string;
}

export function withMemory(command: Command): Command {
  return command
    .option("--tenant <id>", "whose memory")
    .option("--session <id>", "the session")
    .option("--namespace <name>", "the namespace of the vector layer, mostly a workflow's id")
    .option("--json", "print one JSON document on stdout");
}

/** A run's memory without a run. A session that is not named is one that nobody has. */
export function memoryFor(baton: Baton, { tenant, session, namespace }: MemoryFlags): ScopedMemory {
  return runMemory(baton.memory, {
    tenant: tenant === undefined ? DEFAULT_TENANT : parseTenantId(tenant),
    session: parseSessionId(session ?? "baton-memory-command"),
    workflow: namespace ?? baton.workflows[0]?.id ?? "default",
  });
}

/** A count given as text. Throws `bad-usage`. */
export function countOf(text: string, flag: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new BatonError("bad-usage", `Expected \`${flag}\` to be a positive whole number, got \`${text}\`.`, {
    hint: `Write for example: ${flag} 10`,
  });
}
