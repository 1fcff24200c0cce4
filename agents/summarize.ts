import { z } from "zod";

import { textOf } from "../core/json.ts";
import { fence } from "../memory/fence.ts";
import type { RecalledItem } from "../memory/item.ts";
import { derivedFrom } from "../memory/trust.ts";
import { ask } from "./answer.ts";
import { type AgentCall, renderPrompt } from "./ask.ts";
import { isNoAnswer } from "./raw-answer.ts";
import { outputSchema } from "./schema.ts";
import type { Recall } from "./services.ts";

/** Shortens what did not fit; a prompt of the same name in an app's folder takes its place. */
export const SUMMARY_PROMPT = "baton/session-summary";

/** The part of the budget that is kept for the summary. */
const SHARE = 0.25;
const TOKENS_OF_A_WORD = 1.4;

/** How many tokens of a budget recalled items may take where what does not fit is summed up. */
export function budgetBesideSummary(budgetTokens: number): number {
  return Math.max(1, Math.floor(budgetTokens * (1 - SHARE)));
}

/**
 * Adds a summary of what fits the query and did not fit the budget, in the order in which it was said. Unchanged where nothing was left out, where there
 * is no language model, and where the model gives no summary.
 */
export async function summarizeLeft(call: AgentCall, recall: Recall, budgetTokens: number): Promise<Recall> {
  const { services, task } = call;
  const left = inOrder(recall.left ?? []);
  const isPossible = services.model.readsPrompts !== false && services.prompts.has(SUMMARY_PROMPT);
  if (left.length === 0 || !isPossible) return recall;
  const turns = left.map(({ meta, layer, text }) => ({ role: textOf(meta["role"] ?? meta["speaker"] ?? layer), text }));
  const words = Math.max(10, Math.floor((budgetTokens * SHARE) / TOKENS_OF_A_WORD));
  const { closure, messages, settings } = renderPrompt(call, SUMMARY_PROMPT, { turns, words });
  const output = outputSchema({ fields: { summary: z.string() } }, ["summary"]);
  const form = { name: "summary", schema: output.schema, strict: output.strict };
  const request = { messages, output: form, input: {}, passages: [], settings };
  try {
    const reply = await ask(call, { closure, request, output });
    const text = reply.kind === "answer" ? String(reply.update["summary"]).trim() : "";
    if (text === "") return recall;
    const origin = {
      run: services.run.id,
      step: task.step,
      kind: "agent",
      by: task.node,
      trust: "unreviewed",
    } as const;
    const summary: RecalledItem = {
      id: `summary of ${left.length} more`,
      text,
      group: "summary",
      order: 0,
      time: left.at(-1)?.time ?? 0,
      meta: { summary: left.length },
      layer: "context",
      score: 0,
      why: {},
      origin: derivedFrom(origin, left),
    };
    const items = [...recall.items, summary];
    return { ...recall, items, text: fence(items) };
  } catch (error) {
    // Without it the agent has what fits, as it would have without a summary.
    if (isNoAnswer(error)) return recall;
    throw error;
  }
}

function inOrder(items: readonly RecalledItem[]): readonly RecalledItem[] {
  return items.toSorted((one, other) => one.time - other.time || one.order - other.order);
}
