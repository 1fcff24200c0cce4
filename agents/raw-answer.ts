import { BatonError } from "../core/errors.ts";
import { withoutSecrets } from "../core/redact.ts";
import type { ModelResponse } from "../models/model.ts";

const LONGEST_RAW = 65_536;
/** Far above what a model can write in one answer. */
const LONGEST_ANSWER = 8_000_000;

/** An answer that does not fit what was asked for, with what the model wrote: without secrets, at most 64 KB. */
export class ModelOutputError extends BatonError {
  override readonly name = "ModelOutputError";
  readonly raw: string;

  constructor(problem: string, text: string) {
    super("model-output-invalid", `${problem} It began: ${JSON.stringify(excerpt(text))}`, {
      hint: "Resume the run to ask again, or make the prompt say more clearly what to answer.",
    });
    this.raw = rawText(text);
  }
}

const NO_ANSWER: ReadonlySet<string> = new Set([
  "model-output-invalid",
  "model-truncated",
  "model-refused",
  "model-filtered",
]);

/** Whether a model was there and gave nothing that can be used. */
export function isNoAnswer(error: unknown): boolean {
  return BatonError.is(error) && NO_ANSWER.has(error.code);
}

const LONGEST_EXCERPT = 200;

function excerpt(text: string): string {
  const clean = withoutSecrets(text.slice(0, 4 * LONGEST_EXCERPT));
  return clean.length > LONGEST_EXCERPT ? `${clean.slice(0, LONGEST_EXCERPT)}…` : clean;
}

function rawText(text: string): string {
  const bytes = Buffer.from(withoutSecrets(text.slice(0, 2 * LONGEST_RAW)), "utf8");
  return new TextDecoder().decode(bytes.subarray(0, LONGEST_RAW)).replace(/\uFFFD+$/u, "");
}

/** An answer longer than any model writes keeps only its beginning: nothing of it is used, and the journal need not hold it. */
export function cutAnswer(response: ModelResponse): ModelResponse {
  const { text, toolCalls = [] } = response;
  const length = toolCalls.reduce((sum, call) => sum + call.arguments.length, text.length);
  if (length <= LONGEST_ANSWER) return response;
  const { toolCalls: _calls, ...rest } = response;
  const note = `The answer had ${length} characters; only its beginning was kept.`;
  return { ...rest, text: text.slice(0, LONGEST_RAW), finish: "length", notes: [...(response.notes ?? []), note] };
}
