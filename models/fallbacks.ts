import { BatonError } from "../core/errors.ts";
import type { GenerateOptions, Model, ModelOffer, ModelRequest, ModelResponse, SkippedModel } from "./model.ts";
import { ModelError } from "./model-error.ts";

/**
 * A model that asks the first of several models, and the next one when that is unavailable: its retries are spent, its breaker is open, it asks
 * to wait for too long, or its quota is used up. What a model refuses for a reason of the request (400, 401, a filter) is not asked elsewhere.
 * Every answer of a later model says so, in the run's events and in the provenance of what is written with it.
 *
 * Throws `config-invalid` when fewer than two models are given.
 */
export function fallbacks(models: readonly Model[]): Model {
  const [first] = models;
  if (first === undefined || models.length < 2) {
    throw new BatonError(
      "config-invalid",
      `Expected \`fallbacks()\` to be given at least two models, got ${models.length}.`,
      {
        hint: "Write fallbacks([openai(…), openai(…)]), the one that is asked first in front.",
      },
    );
  }
  return {
    ref: models.map(({ ref }) => ref).join(" else "),
    settings: { provider: "fallbacks", models: models.map(({ ref, settings }) => ({ ref, settings })) },
    // A repair may be answered by any of them.
    mendsAnswers: models.every(({ mendsAnswers }) => mendsAnswers !== false),
    offers: models.flatMap((model) => offersOf(model)),
    check() {
      for (const model of models) model.check();
    },
    async probe(signal) {
      const answers = [];
      for (const model of models) answers.push(`${model.ref}: ${await model.probe(signal)}`);
      return answers.join("; ");
    },
    generate: async (request, options = {}) => await askInTurn(models, request, options),
  };
}

/** The models that may answer a call, as a price table knows them. */
export function offersOf({ ref, offers }: Model): readonly ModelOffer[] {
  return offers ?? [{ ref }];
}

async function askInTurn(
  models: readonly Model[],
  request: ModelRequest,
  options: GenerateOptions,
): Promise<ModelResponse> {
  const failures: ModelError[] = [];
  let received = false;
  const onToken = (text: string): void => {
    received = true;
    options.onToken?.(text);
  };
  for (const model of models) {
    if (failures.length > 0 && received) {
      options.onRestart?.();
      received = false;
    }
    try {
      const response = await model.generate(request, options.onToken === undefined ? options : { ...options, onToken });
      return failures.length === 0
        ? { ref: model.ref, ...response }
        : { ref: model.ref, ...response, skipped: [...failures.map(skipped), ...(response.skipped ?? [])] };
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!ModelError.is(error) || error.code !== "model-unavailable") throw error;
      failures.push(error);
    }
  }
  throw allUnavailable(failures);
}

function skipped({ model, message }: ModelError): SkippedModel {
  return { model, reason: message };
}

/** The run may go on as soon as the first of them can be asked again. */
function allUnavailable(failures: readonly ModelError[]): ModelError {
  const waits = failures.flatMap(({ retryable, retryAfterMs }) =>
    retryable && retryAfterMs !== undefined ? [retryAfterMs] : [],
  );
  const last = failures.at(-1);
  return new ModelError(
    `None of ${failures.length} models is available. ${failures.map(({ message }) => message).join(" ")}`,
    {
      code: "model-unavailable",
      model: failures.map(({ model }) => model).join(" else "),
      retryable: failures.some(({ retryable }) => retryable),
      retriesSpent: true,
      attempts: failures.reduce((sum, { attempts }) => sum + attempts, 0),
      hint: last?.hint ?? "Resume the run when one of the providers answers again.",
      ...(waits.length === 0 ? {} : { retryAfterMs: Math.min(...waits) }),
      cause: last,
    },
  );
}
