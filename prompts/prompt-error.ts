import { BatonError } from "../core/errors.ts";

/** A place in a prompt's files, as an editor counts: lines and columns from 1. */
export interface Place {
  readonly path: string;
  readonly line: number;
  readonly column?: number;
}

export interface PromptProblem {
  /** What is wrong, as one sentence that names the prompt. Never quotes the file's text: a prompt may be secret. */
  readonly message: string;
  readonly place: Place;
  readonly hint: string;
}

/** A mistake in a prompt's files (`prompt-invalid`) or between a prompt and its variables (`prompt-variable`); the message ends with the place. */
export class PromptError extends BatonError {
  override readonly name = "PromptError";
  readonly place: Place;

  constructor(code: "prompt-invalid" | "prompt-variable", problem: PromptProblem) {
    super(code, `${problem.message} (${printPlace(problem.place)})`, { hint: problem.hint });
    this.place = problem.place;
  }
}

/** Prints `path:line:column`, which terminals and editors turn into a link. */
export function printPlace(place: Place): string {
  return place.column === undefined ? `${place.path}:${place.line}` : `${place.path}:${place.line}:${place.column}`;
}
