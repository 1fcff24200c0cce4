import type { MemoryItem } from "./item.ts";
import { tellsTime } from "./time-words.ts";
import { estimateTokens } from "./token-estimate.ts";

/** What the rules need to know of an item, found once. */
export interface Traits {
  readonly speaker: string | undefined;
  readonly role: string | undefined;
  readonly isQuestion: boolean;
  readonly isShortQuestion: boolean;
  readonly tellsTime: boolean;
  /** Below 1 for a short text, which says little. */
  readonly lengthFactor: number;
}

const LONGEST_SHORT_QUESTION = 140;

/** Finds in an item what the ranking will ask of it again and again. */
export function traitsOf({ text, meta }: MemoryItem): Traits {
  const { speaker, role } = meta;
  const named = typeof speaker === "string" && speaker !== "" ? speaker : undefined;
  const isQuestion = /[?？؟]\s*$/u.test(text.slice(-16));
  return {
    speaker: named,
    role: typeof role === "string" ? role : undefined,
    isQuestion,
    isShortQuestion: isQuestion && text.length < LONGEST_SHORT_QUESTION,
    tellsTime: tellsTime(text),
    lengthFactor: 1 - 0.6 * Math.exp(-(estimateTokens(named === undefined ? text : `${named}: ${text}`) + 1) / 15),
  };
}
