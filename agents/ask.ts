import { BatonError } from "../core/errors.ts";
import type { TaskRef } from "../core/events.ts";
import type { Journal } from "../core/journal.ts";
import { assertJson, type JsonObject, type JsonValue } from "../core/json.ts";
import type { ModelRequest, ModelResponse } from "../models/model.ts";
import type { OutputSchema } from "./schema.ts";
import type { Recall, RunServices } from "./services.ts";

/** One execution of an agent. */
export interface AgentCall {
  readonly services: RunServices;
  readonly task: TaskRef;
  /** The fields the agent reads, as the prompt's variables. */
  readonly variables: JsonObject;
  readonly journal: Journal;
  readonly signal?: AbortSignal;
}

/** What the model is asked. */
export interface Question {
  readonly prompt: string;
  readonly output: OutputSchema;
  readonly recall: Recall;
}

/**
 * Renders the prompt and asks the model, through the journal. Throws `model-truncated`, `model-refused` and `model-output-invalid`; such an answer
 * is kept as spent.
 */
export async function askModel(call: AgentCall, question: Question): Promise<ModelResponse> {
  const { services, task, variables, signal } = call;
  const { recall, output } = question;
  const rendered = services.prompts.render(question.prompt, { ...variables, recalled: recall.text });
  services.emit({
    type: "prompt_rendered",
    ...task,
    prompt: rendered.ref,
    closure: rendered.closure,
    dirty: rendered.dirty,
  });
  const request: ModelRequest = {
    messages: rendered.messages,
    output: { name: "update", schema: output.schema, strict: output.strict },
    input: variables,
    passages: recall.items.map((item) => ({ text: item.text, meta: item.meta })),
    settings: rendered.settings,
  };
  const { model } = services;
  const startedAt = performance.now();
  const { value, replayed } = await call.journal.call(
    {
      kind: "model",
      name: model.ref,
      request: { prompt: rendered.closure, model: model.settings, request: assertJson(request, "model request") },
    },
    async () => {
      const response = await model.generate(request, signal === undefined ? {} : { signal });
      return assertJson(response, "model response");
    },
    async (stored) => {
      const response = toResponse(stored);
      emitCall(call, response, { ms: performance.now() - startedAt, replayed: false });
      refuseUnfinished(response, task.node);
      await output.parse(response.text);
    },
  );
  const response = toResponse(value);
  if (replayed) emitCall(call, response, { ms: performance.now() - startedAt, replayed });
  return response;
}

function emitCall(
  { services, task }: AgentCall,
  response: ModelResponse,
  { ms, replayed }: { readonly ms: number; readonly replayed: boolean },
): void {
  services.emit({
    type: "model_called",
    ...task,
    model: response.model,
    usage: response.usage,
    ms: Math.round(ms),
    replayed,
  });
  for (const note of response.notes ?? []) services.emit({ type: "model_note", ...task, model: response.model, note });
}

function toResponse(value: JsonValue): ModelResponse {
  // Written by this file from a ModelResponse, so it has its shape; the journal keeps plain JSON only.
  return value as unknown as ModelResponse;
}

function refuseUnfinished(response: ModelResponse, node: string): void {
  const { outputTokens } = response.usage;
  switch (response.finish) {
    case "stop":
      return;
    case "length":
      throw new BatonError(
        "model-truncated",
        `The model's answer in node \`${node}\` was cut off after ${outputTokens} tokens.`,
        {
          hint: "Raise `maxOutputTokens` in the prompt's `config`, or ask for less, then resume the run.",
        },
      );
    case "refusal":
    case "content_filter":
      throw new BatonError(
        "model-refused",
        `The model refused to answer in node \`${node}\` (${response.finish.replace("_", " ")}).`,
        {
          hint: "Change the prompt or the input, or use another model, then resume the run.",
        },
      );
    default:
      response.finish satisfies never;
  }
}
