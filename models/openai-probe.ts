import type { OpenAI } from "openai";

import { ModelError } from "./model-error.ts";
import { type FailureContext, toModelError } from "./openai-error.ts";

export interface ProbeCall {
  readonly signal: AbortSignal;
  readonly context: FailureContext;
}

/** Asks the endpoint for the model's entry, which costs nothing; throws a `ModelError` when it is not there. */
export async function probeModel(sdk: OpenAI, model: string, { signal, context }: ProbeCall): Promise<string> {
  try {
    await sdk.models.retrieve(model, { signal });
    return `${context.url} answers and has \`${model}\``;
  } catch (error) {
    const failure = toModelError(error, context);
    if (failure.status !== 404) throw failure;
    // Some compatible endpoints can only list.
    const { data } = await sdk.models.list({ signal });
    if (data?.some(({ id }) => id === model) === true) return `${context.url} answers and lists \`${model}\``;
    throw new ModelError(`${context.url} answers, but has no model \`${model}\`.`, {
      model: context.model,
      retryable: false,
      status: 404,
      hint: "Check the model's name in baton.config.ts.",
    });
  }
}
