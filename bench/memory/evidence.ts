import { countTokens } from "gpt-tokenizer/encoding/o200k_base";

import { LexicalIndex } from "../../memory/lexical.ts";
import { type Conversation, itemOf, type Question, type Turn } from "./corpus.ts";

/** Shares from 0 to 1 over all questions that are not adversarial, but `adversarialRecallAt10`. */
export interface EvidenceFigures {
  readonly questions: number;
  readonly recallAt5: number;
  readonly recallAt10: number;
  readonly mrr: number;
  /** Of the evidence, what fits into so many tokens of the ranking, dates of meetings included. */
  readonly recallAt1k: number;
  readonly recallAt2k: number;
  readonly adversarialRecallAt10: number;
}

interface Found {
  readonly question: Question;
  readonly at5: number;
  readonly at10: number;
  readonly reciprocal: number;
  readonly at1k: number;
  readonly at2k: number;
}

/** Asks every question of every conversation and counts the annotated turns that come back: no model judges. */
export function measureEvidence(conversations: readonly Conversation[]): EvidenceFigures {
  const found = conversations.flatMap((conversation) => askAll(conversation));
  const plain = found.filter(({ question }) => !question.adversarial);
  const adversarial = found.filter(({ question }) => question.adversarial);
  const mean = (rows: readonly Found[], value: (row: Found) => number): number =>
    rows.length === 0 ? 0 : rows.reduce((sum, row) => sum + value(row), 0) / rows.length;
  return {
    questions: plain.length,
    recallAt5: mean(plain, ({ at5 }) => at5),
    recallAt10: mean(plain, ({ at10 }) => at10),
    mrr: mean(plain, ({ reciprocal }) => reciprocal),
    recallAt1k: mean(plain, ({ at1k }) => at1k),
    recallAt2k: mean(plain, ({ at2k }) => at2k),
    adversarialRecallAt10: mean(adversarial, ({ at10 }) => at10),
  };
}

function askAll({ turns, questions }: Conversation): readonly Found[] {
  const index = new LexicalIndex();
  index.add(turns.map((turn) => itemOf(turn)));
  const byId = new Map(turns.map((turn) => [turn.id, turn]));
  const shown = shownCosts(turns);
  return questions.map((question) => {
    const ranking = index.search(question.text, turns.length).flatMap(({ item }) => byId.get(item.id) ?? []);
    const share = (ids: readonly Turn[]): number =>
      ids.filter(({ id }) => question.evidence.includes(id)).length / question.evidence.length;
    const first = ranking.findIndex(({ id }) => question.evidence.includes(id));
    return {
      question,
      at5: share(ranking.slice(0, 5)),
      at10: share(ranking.slice(0, 10)),
      reciprocal: first < 0 ? 0 : 1 / (first + 1),
      at1k: share(within(ranking, 1_000, shown)),
      at2k: share(within(ranking, 2_000, shown)),
    };
  });
}

/** What a turn and the date above its meeting cost in a prompt, in tokens. */
export interface ShownCosts {
  readonly line: ReadonlyMap<string, number>;
  readonly header: ReadonlyMap<number, number>;
}

export function shownCosts(turns: readonly Turn[]): ShownCosts {
  return {
    line: new Map(turns.map(({ id, speaker, text }) => [id, countTokens(`${speaker}: ${text}`) + 1])),
    header: new Map(turns.map(({ meeting, date }) => [meeting, countTokens(date) + 1])),
  };
}

const LEAST_TOKENS_LEFT = 25;

/** The turns of the ranking that fit into the budget; one that does not fit is left out, a shorter one after it may still fit. */
export function within(ranking: readonly Turn[], budget: number, { line, header }: ShownCosts): readonly Turn[] {
  const taken: Turn[] = [];
  const meetings = new Set<number>();
  let left = budget;
  for (const turn of ranking) {
    if (left < LEAST_TOKENS_LEFT) break;
    const cost = (line.get(turn.id) ?? 0) + (meetings.has(turn.meeting) ? 0 : (header.get(turn.meeting) ?? 0));
    if (cost > left) continue;
    left -= cost;
    meetings.add(turn.meeting);
    taken.push(turn);
  }
  return taken;
}
