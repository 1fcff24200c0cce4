import { BatonError } from "../core/errors.ts";
import { type Place, printPlace } from "../prompts/prompt-error.ts";

export interface SuiteMistake {
  readonly message: string;
  readonly place?: Place;
  readonly hint?: string;
  readonly cause?: unknown;
}

/** A mistake in a suite: `suite-invalid`, with the place at the end of the message. */
export function suiteInvalid({ message, place, hint, cause }: SuiteMistake): BatonError {
  return new BatonError("suite-invalid", place === undefined ? message : `${message} (${printPlace(place)})`, {
    hint: hint ?? "The keys of a suite are listed in docs/evals.md.",
    ...(cause === undefined ? {} : { cause }),
  });
}
