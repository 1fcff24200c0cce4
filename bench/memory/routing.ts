import { scoreLayers } from "../../memory/directory.ts";
import type { LayerName, RecalledItem } from "../../memory/item.ts";
import { LexicalIndex } from "../../memory/lexical.ts";
import { mergeRecalled } from "../../memory/merge.ts";
import { route, type RouteMode } from "../../memory/router.ts";
import { type Conversation, itemOf, type Question, type Turn } from "./corpus.ts";
import { shownCosts, within } from "./evidence.ts";

/** Shares from 0 to 1. */
export interface RoutingFigures {
  readonly cases: number;
  /** Of the evidence, what the context held or the route recalled within the budget. */
  readonly recall: number;
  /** How much less than `thorough` recalls. */
  readonly recallLoss: number;
  readonly vectorCallsSaved: number;
  readonly sessionCallsSaved: number;
}

/** A question is asked so many meetings after its last evidence. */
const DISTANCES = [0, 1, 2, 4, 8];
/** The session layer holds so many meetings before the current one; what is older is in the vector layer. */
const SESSION_MEETINGS = 2;
const BUDGET_TOKENS = 1_000;

/** What each mode recalls and saves when the meetings of a conversation lie in three layers. */
export function measureRouting(conversations: readonly Conversation[]): Readonly<Record<RouteMode, RoutingFigures>> {
  const cases = conversations.flatMap((conversation) => casesOf(conversation));
  const thorough = figuresOf(cases, "thorough");
  const against = (mode: RouteMode): RoutingFigures => {
    const figures = figuresOf(cases, mode);
    return { ...figures, recallLoss: thorough.recall - figures.recall };
  };
  return { thorough, balanced: against("balanced"), cheap: against("cheap") };
}

interface Case {
  readonly question: Question;
  readonly placement: Placement;
}

function casesOf({ turns, questions }: Conversation): readonly Case[] {
  const meetings = [...new Set(turns.map(({ meeting }) => meeting))].toSorted((one, other) => one - other);
  const placements = new Map<number, Placement>();
  const place = (current: number): Placement => {
    const known = placements.get(current) ?? placementOf(turns, meetings, current);
    placements.set(current, known);
    return known;
  };
  const meetingOf = new Map(turns.map(({ id, meeting }) => [id, meeting]));
  return questions
    .filter(({ adversarial }) => !adversarial)
    .flatMap((question) => {
      const last = Math.max(...question.evidence.map((id) => meetings.indexOf(meetingOf.get(id) ?? 0)));
      return DISTANCES.map((distance) => last + distance)
        .filter((current) => current < meetings.length)
        .map((current) => ({ question, placement: place(current) }));
    });
}

interface Placement {
  readonly indexes: Readonly<Record<LayerName, LexicalIndex>>;
  readonly turns: ReadonlyMap<string, Turn>;
  readonly held: ReadonlySet<string>;
  readonly costs: ReturnType<typeof shownCosts>;
}

function placementOf(turns: readonly Turn[], meetings: readonly number[], current: number): Placement {
  const index = (wanted: (meeting: number) => boolean): LexicalIndex => {
    const made = new LexicalIndex();
    made.add(turns.filter(({ meeting }) => wanted(meetings.indexOf(meeting))).map((turn) => itemOf(turn)));
    return made;
  };
  const oldest = current - SESSION_MEETINGS;
  return {
    indexes: {
      context: index((meeting) => meeting === current),
      session: index((meeting) => meeting < current && meeting >= oldest),
      vector: index((meeting) => meeting < oldest),
    },
    turns: new Map(turns.map((turn) => [turn.id, turn])),
    held: new Set(turns.filter(({ meeting }) => meeting === meetings[current]).map(({ id }) => id)),
    costs: shownCosts(turns),
  };
}

const ALL: readonly LayerName[] = ["context", "session", "vector"];
const LIMIT = 60;

function figuresOf(cases: readonly Case[], mode: RouteMode): RoutingFigures {
  const answers = cases.map(({ question, placement }) => {
    const { context, session, vector } = placement.indexes;
    const scores = scoreLayers(question.text, { context: [context], session: [session], vector: [vector] });
    const { layers } = route({ mode, allowed: ALL, present: ALL, best: scores.promise });
    const asked = layers.filter((layer) => layer !== "context");
    const answers = asked.map((layer) => ({
      items: placement.indexes[layer]
        .search(question.text, LIMIT)
        .map(({ item, score, why }): RecalledItem => ({ ...item, layer, score, why })),
      best: scores.best[layer]?.[0] ?? 0,
    }));
    const merged = mergeRecalled(answers, LIMIT).flatMap(({ id }) => placement.turns.get(id) ?? []);
    const known = new Set([...placement.held, ...within(merged, BUDGET_TOKENS, placement.costs).map(({ id }) => id)]);
    const recall = question.evidence.filter((id) => known.has(id)).length / question.evidence.length;
    return { recall, session: layers.includes("session"), vector: layers.includes("vector") };
  });
  const mean = (value: (answer: (typeof answers)[number]) => number): number =>
    answers.reduce((sum, answer) => sum + value(answer), 0) / answers.length;
  return {
    cases: answers.length,
    recall: mean(({ recall }) => recall),
    recallLoss: 0,
    vectorCallsSaved: mean(({ vector }) => (vector ? 0 : 1)),
    sessionCallsSaved: mean(({ session }) => (session ? 0 : 1)),
  };
}
