import type { TaskRef } from "../core/events.ts";
import { digest } from "../core/json.ts";
import type { MemoryItem, Origin } from "../memory/item.ts";
import { derivedFrom } from "../memory/trust.ts";
import type { AgentCall } from "./ask.ts";
import { type Extracted, extract } from "./extract.ts";
import type { MemoryPolicy } from "./memory-policy.ts";
import type { Recall, RunMemory, RunServices } from "./services.ts";

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
    remember: (layer, items, where) =>
      memory.remember(
        layer,
        items.map((item) => ({ ...item, origin: item.origin ?? originOf("node", run.id, task) })),
        where,
      ),
  };
}

/** What an agent wrote, and what it knew when it did. */
export interface Written {
  readonly update: object;
  readonly recall: Recall;
  readonly prompt: string;
  readonly policy: Pick<MemoryPolicy<never>, "remember" | "extract"> | undefined;
  /** Of the vector layer. @default the workflow's id */
  readonly namespace: string | undefined;
}

/**
 * Remembers what an agent wrote, or what a model finds in it worth remembering: an item for each text. The ids are made of run, step, node and text,
 * so that a step that runs again after a crash remembers nothing twice. What was recalled for it is named as its source.
 */
export async function rememberUpdate(call: AgentCall, written: Written): Promise<void> {
  const { services, task } = call;
  const { run, memory } = services;
  const { update, recall, prompt, policy, namespace } = written;
  if (policy?.remember === undefined) return;
  const texts = textsOf(update);
  const found = policy.extract === true ? await extract(call, { written: texts, recall }) : undefined;
  const origin = derivedFrom({ ...originOf("agent", run.id, task), prompt }, recall.items);
  const now = Date.now();
  const items = (found ?? texts)
    .filter(({ text }) => text.trim() !== "")
    .map(({ field, text, ...rest }: AgentText & Partial<Extracted>): MemoryItem => ({
      id: digest([run.id, task.step, task.namespace, task.node, field, text]),
      text: text.slice(0, LONGEST_TEXT).toWellFormed(),
      group: run.id,
      order: task.step,
      time: now,
      meta: { speaker: task.node, role: "assistant", field, ...rest.meta },
      ...(rest.replaces === undefined ? {} : { replaces: rest.replaces }),
      origin,
    }));
  // What is said twice in a session was said twice; for good, it is kept once.
  const where = { merge: policy.remember === "vector", ...(namespace === undefined ? {} : { namespace }) };
  if (items.length > 0) await memory.remember(policy.remember, items, where);
}

/** A whole session holds about so many characters; what is longer is no memory but a document. */
const LONGEST_TEXT = 8_000;

/** A text that an agent wrote, and the field it wrote it to. */
export interface AgentText {
  readonly field: string;
  readonly text: string;
}

function textsOf(update: object): readonly AgentText[] {
  return Object.entries(update).flatMap(([field, value]: [string, unknown]) =>
    (Array.isArray(value) ? value : [value]).flatMap((text: unknown) =>
      typeof text === "string" ? [{ field, text }] : [],
    ),
  );
}

function originOf(kind: "agent" | "node", run: string, { step, attempt, node }: TaskRef): Origin {
  return { run, step, attempt, kind, by: node, trust: "unreviewed" };
}
