import { terms } from "../../core/terms.ts";

/**
 * The verb in "How do I configure retries?": what is done counts less than what it is done to, since every manual is full of things that are
 * configured, set and used.
 */
export function actionsOf(question: string): ReadonlySet<string> {
  return new Set(terms(ACTION_ASKED.exec(question)?.[1] ?? ""));
}

const ACTION_ASKED = /^\s*how\s+(?:(?:do|does|can|could|should|would|must)\s+(?:i|you|we|one)|to)\s+(\p{L}+)\b/iu;

/**
 * True when the question is about one thing of two words and says nothing else, as "What is a prompt ref?": a text with one of the words is
 * about something else.
 */
export function asksForPair(question: string, content: ReadonlySet<string>): boolean {
  const [, one = "", other = ""] = PAIR_ASKED.exec(question) ?? [];
  const pair = new Set([...terms(one), ...terms(other)]);
  return pair.size === 2 && content.size === 2 && [...pair].every((term) => content.has(term));
}

const PAIR_ASKED = /^\s*(?:which|what(?:'s|\s+is|\s+are)?)(?:\s+(?:an?|the))?\s+([\p{L}\p{N}]+)\s+([\p{L}\p{N}]+)\b/iu;
