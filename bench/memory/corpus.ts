import type { MemoryItem } from "../../memory/item.ts";

/** One conversation over many meetings, and questions about it whose evidence is known by the ids of its turns. */
export interface Conversation {
  readonly name: string;
  readonly turns: readonly Turn[];
  readonly questions: readonly Question[];
}

export interface Turn {
  readonly id: string;
  readonly speaker: string;
  /** "user" or "assistant", in a conversation with an assistant. */
  readonly role?: string;
  readonly text: string;
  /** The number of the meeting. */
  readonly meeting: number;
  /** Place in its meeting. */
  readonly order: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** The meeting's date as it is shown above its turns. */
  readonly date: string;
}

export interface Question {
  readonly text: string;
  /** Ids of the turns that hold the answer: never empty. */
  readonly evidence: readonly string[];
  /** Asks the wrong person, or for what never was: counted apart. */
  readonly adversarial: boolean;
}

/** A turn as an app remembers it. */
export function itemOf(turn: Turn): MemoryItem {
  const { id, text, meeting, order, time, speaker, role } = turn;
  return {
    id,
    text,
    group: String(meeting),
    order,
    time,
    meta: { speaker, ...(role === undefined ? {} : { role }) },
  };
}
