import { compare, judge, mend, remember, summarise, supervise } from "./builtin-prompts.ts";
import { criticise, plan, research, write } from "./research-prompts.ts";

/** What a rule reads: the instructions and the material of one request, as a language model would get them. */
export interface Asked {
  readonly system: string;
  readonly user: string;
}

export type Answer = Readonly<Record<string, unknown>>;

/**
 * Answers a request by rules. This is NO language model: it stands in for one where evals are tried or recorded without a key. It does what the
 * prompts of this repository ask for as long as they ask for it: each rule looks for the instruction in the prompt, and where that is gone it
 * makes the mistake against which the instruction stood there. So a prompt made worse gets worse answers, and a harmless rewording gets the same.
 */
export function answer(body: Readonly<Record<string, unknown>>): Answer {
  const asked = readRequest(body);
  const fields = fieldsOf(body);
  const rule = RULES.find(([field]) => fields.includes(field))?.[1];
  return rule === undefined ? { answer: "" } : rule(asked);
}

/** By the field that only this prompt's answer has. */
const RULES: readonly (readonly [string, (asked: Asked) => Answer])[] = [
  ["subQuestions", plan],
  ["notes", research],
  ["draft", write],
  ["reviews", criticise],
  ["verdict", judge],
  ["better", compare],
  ["next", supervise],
  ["items", remember],
  ["summary", summarise],
  ["answer", mend],
];

function readRequest({ messages }: Readonly<Record<string, unknown>>): Asked {
  const all = Array.isArray(messages) ? messages.filter(isMessage) : [];
  const textOf = (role: string): string =>
    all.flatMap((message) => (message.role === role ? [message.content] : [])).join("\n");
  return { system: textOf("system"), user: textOf("user") };
}

function isMessage(value: unknown): value is { readonly role: string; readonly content: string } {
  return (
    typeof value === "object" &&
    value !== null &&
    "role" in value &&
    "content" in value &&
    typeof value.content === "string"
  );
}

/** The names of the answer's fields, from the schema that comes with the request. */
function fieldsOf(body: Readonly<Record<string, unknown>>): readonly string[] {
  const properties = ["response_format", "json_schema", "schema", "properties"].reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
    body,
  );
  return typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
}
