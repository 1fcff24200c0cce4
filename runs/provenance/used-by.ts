import type { Why, Writer } from "./answer-of-why.ts";
import type { History, Writing } from "./writing.ts";

/** The writer of a value, as it is shown. */
export function writerOf(history: History, by: Writing, { isReduced }: { readonly isReduced: boolean }): Writer {
  const { step, attempt, kind, run, checkpoint, task, reason } = by;
  const node = kind === "input" ? undefined : nodePath(history, by.node);
  return {
    ...(node === undefined ? {} : { node }),
    step,
    attempt,
    kind: isReduced ? "reducer" : kind,
    run,
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(task === undefined ? {} : { task }),
    ...(by.by === undefined ? {} : { by: by.by }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function nodePath({ outer }: History, node: string | undefined): string | undefined {
  if (outer === undefined || node === undefined) return node;
  return `${nodePath(outer.history, outer.writing.node) ?? ""}/${node}`;
}

/** Prompt, model, tokens, memory and tools of the task that wrote. */
export function usedBy({
  provenance,
}: Writing): Pick<
  Why,
  "prompt" | "morePrompts" | "model" | "moreModels" | "usage" | "costUsd" | "reads" | "memories" | "tools"
> {
  const [prompt, ...morePrompts] = provenance?.prompts ?? [];
  const [model, ...moreModels] = provenance?.models ?? [];
  return {
    prompt: prompt ?? null,
    ...(morePrompts.length === 0 ? {} : { morePrompts }),
    model: model ?? null,
    ...(moreModels.length === 0 ? {} : { moreModels }),
    usage: provenance?.usage ?? null,
    ...(provenance?.costUsd === undefined ? {} : { costUsd: provenance.costUsd }),
    reads: [],
    memories: provenance?.recalls ?? [],
    tools: provenance?.calls ?? [],
  };
}
