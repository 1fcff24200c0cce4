import type { TaskRef } from "../core/events.ts";
import { digest } from "../core/json.ts";
import type { MemoryItem, Origin } from "../memory/item.ts";
import type { RunMemory, RunServices } from "./services.ts";

/**
 * Memory as one task uses it: what it recalls is told with its route, and what it remembers says by whom, where and in which run, unless the
 * item says so itself.
 */
export function memoryOf(
  { memory, run, emit }: Pick<RunServices, "memory" | "run" | "emit">,
  task: TaskRef,
): RunMemory {
  return {
    async recall(request) {
      const recall = await memory.recall(request);
      emit({ type: "memory_recalled", ...task, route: recall.route, items: recall.items.length });
      return recall;
    },
    remember: (layer, items, namespace) =>
      memory.remember(
        layer,
        items.map((item) => ({ ...item, origin: item.origin ?? originOf("node", run.id, task) })),
        namespace,
      ),
  };
}

/**
 * Remembers what an agent wrote: an item for each text of its update. The ids are made of run, step, node, field and text, so that a step
 * that runs again after a crash remembers nothing twice.
 */
export async function rememberUpdate(
  services: RunServices,
  task: TaskRef,
  written: { readonly update: object; readonly layer: "session" | "vector"; readonly prompt: string },
): Promise<void> {
  const { run, memory } = services;
  const texts = Object.entries(written.update).flatMap(([field, value]: [string, unknown]) =>
    (Array.isArray(value) ? value : [value]).flatMap((text: unknown) =>
      typeof text === "string" ? [{ field, text }] : [],
    ),
  );
  const now = Date.now();
  const origin: Origin = { ...originOf("agent", run.id, task), prompt: written.prompt };
  const items = texts
    .filter(({ text }) => text.trim() !== "")
    .map(({ field, text }): MemoryItem => ({
      id: digest([run.id, task.step, task.namespace, task.node, field, text]),
      text: text.slice(0, LONGEST_TEXT),
      group: run.id,
      order: task.step,
      time: now,
      meta: { speaker: task.node, role: "assistant", field },
      origin,
    }));
  if (items.length > 0) await memory.remember(written.layer, items);
}

/** A whole session holds about so many characters; what is longer is no memory but a document. */
const LONGEST_TEXT = 8_000;

function originOf(kind: "agent" | "node", run: string, { step, attempt, node }: TaskRef): Origin {
  return { run, step, attempt, kind, by: node, trust: "unreviewed" };
}
