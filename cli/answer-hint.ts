import { isJsonObject, type JsonValue } from "../core/json.ts";

interface Question {
  readonly run: string;
  readonly id: string;
  readonly value: JsonValue;
}

/** The command that answers a question: one about a tool call takes a yes (or `"approve":false`), any other its own JSON. */
export function answerHint({ run, id, value }: Question): string {
  const answer = isJsonObject(value) && value["kind"] === "approval" ? '{"approve":true}' : "<json>";
  return `Answer with: baton resume ${run} --interrupt ${id} --answer '${answer}'`;
}
