import type { JsonValue } from "../core/json.ts";
import type { PromptPin } from "../prompts/pin.ts";
import type { CaseInput } from "./case.ts";
import type { Trace } from "./scorer.ts";

/** What a target made of one input. */
export interface Execution {
  readonly output: JsonValue;
  readonly trace: Trace;
}

/** An execution that came to nothing, with what it took until then. */
export interface FailedExecution {
  readonly error: unknown;
  readonly trace: Trace;
}

/** A prompt, an agent or a workflow, bound to one version of its prompts and to a model. */
export interface OpenTarget {
  /** Everything its answers depend on beside the input: closures of its prompts, model and settings. Equal identities give equal answers. */
  readonly identity: JsonValue;
  /** The prompts it is made of. */
  readonly pins: readonly PromptPin[];
  /** Their closures, by name. */
  readonly closures: Readonly<Record<string, string>>;
  /** Throws `prompt-variable` and `input-invalid` when a case does not fit; makes no call. */
  check(given: CaseInput): void;
  /** The texts of the first model call for a case, to estimate what it takes; absent where they are not known before. */
  readonly texts?: (given: CaseInput) => readonly string[];
  /** Returns what the model and the target throw. Repeats are independent: nothing of an earlier execution is read. */
  run(given: CaseInput, signal: AbortSignal): Promise<Execution | FailedExecution>;
}
