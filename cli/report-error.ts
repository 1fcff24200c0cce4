import { BatonError, type SerializedError, serializeError } from "../core/errors.ts";
import type { Output } from "./output.ts";
import { plainText } from "./plain-text.ts";

/** Prints an error as one sentence and what to do next, or as JSON with `--json`, and returns the exit code that goes with it. */
export function reportError(error: unknown, output: Output): number {
  const known = BatonError.is(error) ? error : unexpected(error);
  if (output.json) output.document({ error: { code: known.code, message: known.message, hint: known.hint ?? null } });
  printError(serializeError(known), output);
  return known.exitCode;
}

/** Prints a stored or caught error to stderr; its stack and causes only with `--verbose`. */
export function printError(error: SerializedError, output: Output): void {
  const { err } = output.paint;
  const code = error.code === undefined ? "" : ` ${err("dim", `(${error.code})`)}`;
  output.note(`${err("red", "error:")} ${plainText(error.message)}${code}`);
  if (error.hint !== undefined) output.note(`       ${plainText(error.hint)}`);
  if (output.verbose) output.note(err("dim", plainText(stackOf(error))));
}

function stackOf(error: SerializedError): string {
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\nCaused by: ${stackOf(error.cause)}`;
}

/** Only a defect of Baton itself comes here: what users can cause has a code of its own. */
function unexpected(error: unknown): BatonError {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new BatonError("internal-error", `Baton stopped at an error it did not expect: ${message}`, {
    hint: "Run the command again with --verbose to see where, and please report it.",
    cause: error,
  });
}
