import type { JsonObject } from "../../core/json.ts";
import type { ModelRequest } from "../model.ts";
import { type Candidate, type Material, materialOf } from "./material.ts";
import { isAskName, isGapName } from "./names.ts";
import { rank, type Ranked, type Ranking } from "./ranking.ts";

/** A request as the rules of `fill` see it. */
export interface Evidence {
  readonly material: Material;
  readonly request: ModelRequest;
  /** The whole schema, for its `$defs`. */
  readonly root: JsonObject;
  /** Ranks what may answer, with the words of a field's name and description as hints. */
  ranking(hints: string): Ranking;
  /** Ranks the items that fit a list of questions or gaps. */
  questions(field: string): readonly Ranked[];
  /** True when a gap was given, or was found while this answer was filled. */
  hasGaps: boolean;
  /** Candidates that a list of this answer already holds, so that the next list brings others. */
  readonly listed: Set<string>;
}

/** Gathers what a request gives to answer from. */
export function gatherEvidence(request: ModelRequest): Evidence {
  const material = materialOf(request);
  const known = new Map<string, Ranking>();
  function ranking(hints: string): Ranking {
    const before = known.get(hints);
    if (before !== undefined) return before;
    const found = rank(material.candidates, { asked: material.asked, hints, background: material.background });
    known.set(hints, found);
    return found;
  }
  return {
    material,
    request,
    root: request.output.schema,
    ranking,
    questions: (field) => questionsFor(material, field),
    hasGaps: material.hasGaps,
    listed: new Set(),
  };
}

/** Gaps are the given questions that no candidate answers; any other list of questions takes the given ones by relevance. */
function questionsFor(material: Material, field: string): readonly Ranked[] {
  const all =
    material.questions.length > 0
      ? material.questions
      : material.asked.map(({ text }): Candidate => ({ text: text.trim(), meta: {}, from: "text" }));
  if (isGapName(field)) return all.filter((question) => !isAnswered(question, material)).map(unranked);
  if (!isAskName(field)) return [];
  // The given questions were told apart by whoever gave them, however much they sound alike.
  const { relevant, rest } = rank(all, { asked: material.asked, keepsRepeats: true });
  return [...relevant, ...rest];
}

function isAnswered({ text }: Candidate, { candidates }: Material): boolean {
  return rank(candidates, { asked: [{ text, weight: 1 }] }).relevant.length > 0;
}

function unranked(candidate: Candidate, index: number): Ranked {
  return { candidate, index, score: 0, coverage: 0 };
}
