import { dateCues, dateFit } from "./date-cues.ts";
import type { MemoryItem } from "./item.ts";
import type { Neighbours } from "./neighbours.ts";
import type { Ranking } from "./ranking.ts";
import { asksForTime } from "./time-words.ts";
import type { Traits } from "./traits.ts";

/** The items that the rules run over; all lists are by the item's number. */
export interface Body {
  readonly items: readonly MemoryItem[];
  readonly traits: readonly Traits[];
  readonly neighbours: Neighbours;
}

export interface Asked {
  readonly text: string;
  /** The highest score by words, over all that is ranked together: the rules that add are measured by it. */
  readonly highest: number;
  /** The score of each section as a whole. */
  readonly sections: Float64Array;
  /** The highest of them, over all that is ranked together. */
  readonly highestSection: number;
  /** The speakers that the query names. */
  readonly named: ReadonlySet<string>;
}

/** Lets every rule after the words change the scores, in a fixed order (docs/memory.md). */
export function applyRules(ranking: Ranking, body: Body, asked: Asked): void {
  const { traits } = body;
  ranking.apply("neighbours", (scores, were) => shareWithNeighbours(scores, were, body.neighbours));
  ranking.apply("answer", (scores, were) => {
    const { before } = body.neighbours;
    for (let at = 0; at < scores.length; at += 1) {
      const previous = before[at] ?? -1;
      if (traits[previous]?.isQuestion === true) scores[at] = (were[at] ?? 0) + 0.4 * (were[previous] ?? 0);
    }
  });
  ranking.apply("section", (scores) => addSections(scores, body.neighbours, asked));
  ranking.apply("quoted", (scores) => addQuoted(scores, body.items, asked));
  ranking.apply("speaker", (scores) => favourSpeakers(scores, traits, asked.named));
  ranking.apply("date", (scores) => addDates(scores, body, asked));
  ranking.apply("time", (scores) => {
    if (asksForTime(asked.text)) multiply(scores, (at) => (traits[at]?.tellsTime === true ? 1.2 : 1));
  });
  ranking.apply("question", (scores) => multiply(scores, (at) => (traits[at]?.isShortQuestion === true ? 0.8 : 1)));
  ranking.apply("short", (scores) => multiply(scores, (at) => traits[at]?.lengthFactor ?? 1));
}

function multiply(scores: Float64Array, factor: (at: number) => number): void {
  for (let at = 0; at < scores.length; at += 1) scores[at] = (scores[at] ?? 0) * factor(at);
}

function shareWithNeighbours(scores: Float64Array, were: Float64Array, { before, after }: Neighbours): void {
  for (let at = 0; at < scores.length; at += 1) {
    const previous = before[at] ?? -1;
    const next = after[at] ?? -1;
    const near = 0.3 * (were[previous] ?? 0) + 0.2 * (were[next] ?? 0);
    const farther = 0.2 * (were[before[previous] ?? -1] ?? 0) + 0.2 * (were[after[next] ?? -1] ?? 0);
    scores[at] = (were[at] ?? 0) + near + farther;
  }
}

function addSections(scores: Float64Array, { groupOf }: Neighbours, asked: Asked): void {
  if (asked.highestSection === 0) return;
  const weight = (0.45 * asked.highest) / asked.highestSection;
  for (let at = 0; at < scores.length; at += 1)
    scores[at] = (scores[at] ?? 0) + weight * (asked.sections[groupOf[at] ?? -1] ?? 0);
}

const QUOTED = /[“"]([^“”"]{3,80})[”"]/gu;

/** Words in quotation marks are meant as they stand: a heading, a title, a name. */
function addQuoted(scores: Float64Array, items: readonly MemoryItem[], { text, highest }: Asked): void {
  const quoted = [...text.matchAll(QUOTED)].map(([, words = ""]) => words.toLowerCase());
  if (quoted.length === 0) return;
  for (let at = 0; at < scores.length; at += 1) {
    const item = items[at];
    const said = `${item?.context ?? ""}\n${item?.text ?? ""}`.toLowerCase();
    if (quoted.some((words) => said.includes(words))) scores[at] = (scores[at] ?? 0) + 0.6 * highest;
  }
}

function favourSpeakers(scores: Float64Array, traits: readonly Traits[], named: ReadonlySet<string>): void {
  const [only] = named.size === 1 ? named : [];
  multiply(scores, (at) => {
    const { speaker, role } = traits[at] ?? {};
    if (only !== undefined && speaker === only) return 1.3;
    return role === "user" ? 1.5 : 1;
  });
}

/** Only what somebody said has a date of its own; the time of a document's item is when it was read in. */
function addDates(scores: Float64Array, { items, traits }: Body, { text, highest }: Asked): void {
  const cues = dateCues(text);
  if (cues.length === 0) return;
  for (let at = 0; at < scores.length; at += 1) {
    const { speaker, role } = traits[at] ?? {};
    if (speaker !== undefined || role !== undefined)
      scores[at] = (scores[at] ?? 0) + 0.9 * highest * dateFit(cues, items[at]?.time ?? 0);
  }
}
