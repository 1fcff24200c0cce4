import type { LangGraphRunnableConfig, StateSchemaFields } from "@langchain/langgraph";

import { BatonError } from "../core/errors.ts";
import type { TaskRef, Usage } from "../core/events.ts";
import { assertJson, isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { LayerName } from "../memory/item.ts";
import type { ModelRequest, ModelResponse } from "../models/model.ts";
import { heldItems } from "./held.ts";
import { type OutputSchema, outputSchema } from "./schema.ts";
import { type Recall, type RunServices, servicesFrom } from "./services.ts";
import { type FieldName, type StateFields, type StateOf, type UpdateOf, unknownField } from "./state.ts";
import { taskFrom } from "./task.ts";

/** Which memory an agent recalls from before its model is called. */
export interface MemoryPolicy<S> {
  readonly layers: readonly LayerName[];
  /** What to search for. @default the agent's string fields, joined */
  readonly query?: (state: S) => string;
  /** Namespace of the vector layer. @default the workflow's id */
  readonly namespace?: (state: S) => string;
  /** At most this many passages enter the prompt. @default 12; raise it when answers need wider evidence */
  readonly limit?: number;
}

export interface AgentSpec<F extends StateSchemaFields, R extends FieldName<F>, W extends FieldName<F>> {
  /** Name of the prompt file, without its ending: `brief/write`. */
  readonly prompt: string;
  /** The fields the agent sees; they are the prompt's variables. */
  readonly reads: readonly R[];
  /** The fields the agent updates; they are the model's output schema. */
  readonly writes: readonly W[];
  readonly memory?: MemoryPolicy<Pick<StateOf<F>, R>>;
}

/** What the framework knows of a node without running it. */
export interface NodeRights {
  readonly kind: "agent" | "node";
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Name of the prompt an agent uses. */
  readonly prompt?: string;
  readonly layers?: readonly LayerName[];
}

/** A LangGraph node that asks a model. Its identity is the name under which it is added to a graph. */
export interface Agent<F extends StateSchemaFields, R extends FieldName<F>, W extends FieldName<F>> {
  (state: Pick<StateOf<F>, R>, config: LangGraphRunnableConfig): Promise<UpdateOf<F, W>>;
  readonly rights: NodeRights;
}

const DEFAULT_LIMIT = 12;

/**
 * Makes a LangGraph node out of a prompt: reads `reads`, recalls memory, calls the model, updates exactly `writes`.
 *
 * Throws `state-field-unknown` and `workflow-invalid` when the fields do not fit the state or JSON cannot carry them.
 */
export function agent<F extends StateSchemaFields, const R extends FieldName<F>, const W extends FieldName<F>>(
  state: StateFields<F>,
  spec: AgentSpec<F, R, W>,
): Agent<F, R, W> {
  const output = outputSchema(state, spec.writes);
  const strayRead = spec.reads.find((name) => !(name in state.fields));
  if (strayRead !== undefined) throw unknownField(state, strayRead);

  async function runAgent(current: Pick<StateOf<F>, R>, config: LangGraphRunnableConfig): Promise<UpdateOf<F, W>> {
    const services = servicesFrom(config);
    const task = taskFrom(config);
    const seen = pick(current, spec.reads);
    const variables = toVariables(seen, spec.prompt);
    const recall = await recallFor({ services, task, variables, config }, spec.memory, seen);
    const answer = await callModel({ services, task, variables, config }, { prompt: spec.prompt, output, recall });
    // The parsed update holds exactly the checked fields of `writes`; only their names are lost to the type checker.
    return (await output.parse(answer.text)) as UpdateOf<F, W>;
  }

  const rights: NodeRights = {
    kind: "agent",
    reads: spec.reads,
    writes: spec.writes,
    prompt: spec.prompt,
    ...(spec.memory === undefined ? {} : { layers: spec.memory.layers }),
  };
  return Object.assign(runAgent, { rights });
}

interface Call {
  readonly services: RunServices;
  readonly task: TaskRef;
  readonly variables: JsonObject;
  readonly config: LangGraphRunnableConfig;
}

function pick<S extends object, K extends keyof S>(state: S, keys: readonly K[]): Pick<S, K> {
  // `fromEntries` forgets the keys it was given.
  return Object.fromEntries(keys.map((key) => [key, state[key]])) as Pick<S, K>;
}

function toVariables(seen: object, prompt: string): JsonObject {
  const variables = assertJson(seen, `variables of prompt ${prompt}`);
  return isJsonObject(variables) ? variables : {};
}

const NOTHING_RECALLED: Recall = { items: [], route: {}, text: "" };

async function recallFor<S>(call: Call, policy: MemoryPolicy<S> | undefined, seen: S): Promise<Recall> {
  if (policy === undefined) return NOTHING_RECALLED;
  const { services, task, variables, config } = call;
  const text =
    policy.query?.(seen) ??
    Object.values(variables)
      .filter((value) => typeof value === "string")
      .join("\n");
  const recall = await services.memory.recall({
    layers: policy.layers,
    text,
    limit: policy.limit ?? DEFAULT_LIMIT,
    held: heldItems(variables),
    ...(policy.namespace === undefined ? {} : { namespace: policy.namespace(seen) }),
    ...(config.signal === undefined ? {} : { signal: config.signal }),
  });
  services.emit({ type: "memory_recalled", ...task, route: recall.route, items: recall.items.length });
  return recall;
}

interface Question {
  readonly prompt: string;
  readonly output: OutputSchema;
  readonly recall: Recall;
}

async function callModel(call: Call, question: Question): Promise<ModelResponse> {
  const { services, task, variables, config } = call;
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
  const { value, replayed } = await services.journal(task).call(
    {
      kind: "model",
      name: model.ref,
      request: { prompt: rendered.closure, model: model.settings, request: assertJson(request, "model request") },
    },
    async () => {
      const response = await model.generate(request, config.signal === undefined ? {} : { signal: config.signal });
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
  { services, task }: Call,
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

const NO_USAGE: Usage = { inputTokens: 0, outputTokens: 0 };

function refuseUnfinished(response: ModelResponse, node: string): void {
  const { outputTokens } = response.usage ?? NO_USAGE;
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
