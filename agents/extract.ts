import { z } from "zod";

import type { JsonObject } from "../core/json.ts";
import { ask } from "./answer.ts";
import { type AgentCall, renderPrompt } from "./ask.ts";
import { isNoAnswer } from "./raw-answer.ts";
import { outputSchema } from "./schema.ts";
import type { Recall } from "./services.ts";

/** Finds what of a text is worth remembering; a prompt of the same name in an app's folder takes its place. */
export const EXTRACTION_PROMPT = "baton/memory-extraction";

/** A sentence worth remembering. */
export interface Extracted {
  readonly field: string;
  readonly text: string;
  readonly meta: JsonObject;
  /** Id of what was recalled and is no longer true. */
  readonly replaces?: string;
}

export interface Extractable {
  readonly written: readonly { readonly text: string }[];
  readonly recall: Recall;
}

const FOUND = {
  items: z.array(
    z.object({
      text: z.string(),
      kind: z.enum(["fact", "preference", "decision", "event"]),
      quote: z.string(),
      replaces: z.string().nullish(),
    }),
  ),
};
type Found = z.infer<z.ZodObject<typeof FOUND>>;

/** So many things of one step; a model that finds more has not chosen. */
const MOST_FOUND = 20;

/**
 * Lets the model find what of an agent's input and answer will matter later, and what of the recalled items it corrects. Kept is only what rests on
 * words that stand there. The calls are journaled like all others. Undefined where there is no language model, or the run did not pin the prompt.
 */
export async function extract(
  call: AgentCall,
  { written, recall }: Extractable,
): Promise<readonly Extracted[] | undefined> {
  const { services, variables, journal } = call;
  if (services.model.readsPrompts === false || !services.prompts.has(EXTRACTION_PROMPT)) return undefined;
  const asked = Object.values(variables).filter((value) => typeof value === "string");
  const turns = [
    ...asked.map((text) => ({ role: "user", text })),
    ...written.map(({ text }) => ({ role: "assistant", text })),
  ].filter(({ text }) => text.trim() !== "");
  if (turns.length === 0) return [];
  // Stored, so that a resume on another day asks the same question.
  const { value: today } = await journal.call({ kind: "note", name: "today", request: {} }, async () =>
    new Date().toISOString().slice(0, 10),
  );
  const known = recall.items.map(({ id, text }) => ({ id, text }));
  const { closure, messages, settings } = renderPrompt(call, EXTRACTION_PROMPT, { turns, known, today });
  const output = outputSchema({ fields: FOUND }, Object.keys(FOUND));
  const request = {
    messages,
    output: { name: "items", schema: output.schema, strict: output.strict },
    input: {},
    passages: [],
    settings,
  };
  try {
    const reply = await ask(call, { closure, request, output });
    return reply.kind === "answer" ? kept(reply.update as Found, { turns, known }) : [];
  } catch (error) {
    // The agent's own work is done; what a model cannot say of it is not worth losing it.
    if (isNoAnswer(error)) return [];
    throw error;
  }
}

interface Grounds {
  readonly turns: readonly { readonly text: string }[];
  readonly known: readonly { readonly id: string }[];
}

/** What rests on no words of the turns was made up, and an id that was not shown cannot be meant. */
function kept({ items }: Found, { turns, known }: Grounds): readonly Extracted[] {
  const said = turns.map(({ text }) => plain(text));
  return items
    .filter(({ quote }) => plain(quote) !== "" && said.some((text) => text.includes(plain(quote))))
    .slice(0, MOST_FOUND)
    .map(({ text, kind, quote, replaces }) => ({
      field: kind,
      text,
      meta: { kind, quote },
      ...(known.some(({ id }) => id === replaces) && typeof replaces === "string" ? { replaces } : {}),
    }));
}

function plain(text: string): string {
  return text.normalize("NFC").replace(/\s+/gu, " ").trim().toLowerCase();
}
