import { BatonError } from "../core/errors.ts";
import type { TaskRef } from "../core/events.ts";
import type { Journal } from "../core/journal.ts";
import { assertJson, type JsonObject, type JsonValue } from "../core/json.ts";
import type { ModelRequest, ModelResponse } from "../models/model.ts";
import type { LiveText } from "./live-text.ts";
import { cutAnswer } from "./raw-answer.ts";
import type { RenderedPrompt, RunServices } from "./services.ts";

/** One execution of an agent. */
export interface AgentCall {
  readonly services: RunServices;
  readonly task: TaskRef;
  /** The fields the agent reads, as the prompt's variables. */
  readonly variables: JsonObject;
  readonly journal: Journal;
  readonly signal?: AbortSignal;
  /** Shows answers while they arrive; absent where nobody looks. */
  readonly live?: LiveText;
}

/** One request to the model, and the closure of the prompt it was made of. */
export interface ModelQuestion {
  readonly closure: string;
  readonly request: ModelRequest;
  /** How often the same question was asked before and given up on. @default 0 */
  readonly asking?: number;
  /** Throws for an answer that must not be used; it is kept as spent. */
  readonly accept?: (response: ModelResponse) => void | Promise<void>;
}

export interface ModelAnswer {
  readonly response: ModelResponse;
  readonly replayed: boolean;
}

/** Renders a prompt and records which text it was. Throws `prompt-not-found` for one that the run did not pin. */
export function renderPrompt({ services, task }: AgentCall, name: string, variables: JsonObject): RenderedPrompt {
  const rendered = services.prompts.render(name, variables);
  const { ref, closure, dirty } = rendered;
  services.emit({ type: "prompt_rendered", ...task, prompt: ref, closure, dirty });
  return rendered;
}

/**
 * Asks the model, through the journal. Throws `model-truncated`, `model-refused`, `model-filtered`, `model-output-invalid` for an answer without
 * end, and what `accept` throws; such an answer is kept as spent.
 */
export async function askModel(call: AgentCall, question: ModelQuestion): Promise<ModelAnswer> {
  const { services, task, signal, journal, live } = call;
  const { closure, request, asking = 0, accept } = question;
  const { model } = services;
  const startedAt = performance.now();
  const shown = live?.begin();
  const { value, replayed } = await journal
    .call(
      {
        kind: "model",
        name: model.ref,
        request: {
          prompt: closure,
          model: model.settings,
          request: assertJson(request, "model request"),
          ...(asking === 0 ? {} : { asking }),
        },
      },
      async () => {
        const response = await model.generate(request, { ...(signal === undefined ? {} : { signal }), ...shown });
        live?.whole(response);
        return assertJson(cutAnswer(response), "model response");
      },
      async (stored) => {
        const response = toResponse(stored);
        emitCall(call, response, { ms: performance.now() - startedAt, replayed: false });
        refuseUnfinished(response, task.node);
        await accept?.(response);
      },
    )
    .catch((error: unknown) => {
      live?.discard();
      throw error;
    });
  const response = toResponse(value);
  if (replayed) emitCall(call, response, { ms: performance.now() - startedAt, replayed });
  return { response, replayed };
}

function emitCall(
  { services, task }: AgentCall,
  response: ModelResponse,
  { ms, replayed }: { readonly ms: number; readonly replayed: boolean },
): void {
  for (const { model: from, reason } of response.skipped ?? [])
    services.emit({ type: "model_fell_back", ...task, from, to: response.model, reason });
  services.emit({
    type: "model_called",
    ...task,
    model: response.model,
    usage: response.usage,
    ...(response.costUsd === undefined ? {} : { costUsd: response.costUsd }),
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
    case "tool_calls":
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
      throw new BatonError("model-refused", `The model refused to answer in node \`${node}\`.`, {
        hint: "Change the prompt or the input, or use another model, then resume the run.",
      });
    case "content_filter":
      throw new BatonError("model-filtered", `The provider's content filter stopped the answer in node \`${node}\`.`, {
        hint: "Change the prompt or the input, or the filter's settings at the provider, then resume the run.",
      });
    default:
      response.finish satisfies never;
  }
}
