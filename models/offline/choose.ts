import type { JsonValue } from "../../core/json.ts";
import { terms } from "../../core/terms.ts";
import type { Evidence } from "./evidence.ts";
import type { Filled, Slot } from "./fill.ts";
import { isApproval, isNeutral, isRejection, wordsOfName } from "./names.ts";
import { listOf, textOf } from "./shape.ts";

/**
 * Chooses a member of an enum.
 *
 * 1. A decision (a member of approval such as `approve` beside others): approval, so that a loop waiting for it ends; but with gaps (a
 *    variable that names what is missing, or a list of gaps filled in the same answer) the first other member.
 * 2. Else the member nearest to the material: its own words count most, then the words with which prompt and description explain it.
 * 3. Nothing near, or a tie: a neutral member (`other`, `unknown` …), else the one that the prompt names last, else the last one.
 */
export function chooseMember({ shape, about }: Slot, evidence: Evidence): Filled {
  const members = listOf(shape["enum"]);
  const decided = decision(members, evidence.hasGaps);
  if (decided !== undefined) return { value: decided, found: true };
  const text = about === undefined ? materialText(evidence) : about.candidate.text;
  const scores = new Map(
    members.map((member) => [
      member,
      nearness(member, members, { text, explained: explanations(evidence, textOf(shape["description"])) }),
    ]),
  );
  const best = Math.max(...scores.values());
  const nearest = members.filter((member) => scores.get(member) === best);
  const [only] = nearest;
  if (best > 0 && nearest.length === 1 && only !== undefined) return { value: only, found: true };
  return { value: best > 0 ? tieBreak(nearest, evidence) : tieBreak(members, evidence), found: best > 0 };
}

function decision(members: readonly JsonValue[], hasGaps: boolean): JsonValue | undefined {
  const approving = members.filter(
    (member) => typeof member === "string" && isApproval(member) && !isRejection(member),
  );
  const others = members.filter((member) => typeof member === "string" && !approving.includes(member));
  if (approving.length === 0 || others.length === 0) return undefined;
  return hasGaps
    ? (others.find((member) => typeof member === "string" && isRejection(member)) ?? others[0])
    : approving[0];
}

function materialText({ request, material }: Evidence): string {
  const passages = request.passages.map(({ text }) => text);
  return [...material.variables.values(), ...material.candidates.map(({ text }) => text), ...passages].join("\n");
}

function explanations({ request }: Evidence, description: string): readonly string[] {
  const prompt = request.messages.map(({ content }) => content).join("\n");
  // A clause that names a member explains it: "billing: invoices and refunds; technical: bugs".
  return `${prompt}\n${description}`.split(/[\n;.!?]+/u);
}

interface Reading {
  readonly text: string;
  readonly explained: readonly string[];
}

const OWN_WORD = 3;

function nearness(member: JsonValue, members: readonly JsonValue[], { text, explained }: Reading): number {
  const given = terms(text);
  const own = termsOfMember(member);
  const others = new Set(members.filter((other) => other !== member).flatMap((other) => [...termsOfMember(other)]));
  const said = given.filter((term) => own.has(term) && !others.has(term)).length;
  const clauses = explained.filter(
    (clause) => names(clause, member) && members.filter((other) => names(clause, other)).length === 1,
  );
  const explaining = new Set(clauses.flatMap((clause) => terms(clause)).filter((term) => !own.has(term)));
  return said * OWN_WORD + given.filter((term) => explaining.has(term)).length;
}

function termsOfMember(member: JsonValue): ReadonlySet<string> {
  return new Set(terms(wordsOfName(memberText(member)).join(" ")));
}

function memberText(member: JsonValue): string {
  return typeof member === "string" ? member : JSON.stringify(member);
}

function names(clause: string, member: JsonValue): boolean {
  return clause.toLowerCase().includes(memberText(member).toLowerCase());
}

function tieBreak(members: readonly JsonValue[], { request }: Evidence): JsonValue {
  const neutral = members.find((member) => typeof member === "string" && isNeutral(member));
  if (neutral !== undefined) return neutral;
  const prompt = request.messages
    .map(({ content }) => content)
    .join("\n")
    .toLowerCase();
  const place = (member: JsonValue): number => prompt.lastIndexOf(memberText(member).toLowerCase());
  const last = members.reduce((best, member) => (place(member) >= place(best) ? member : best));
  return last;
}
