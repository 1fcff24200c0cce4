import type { LangGraphRunnableConfig, StateSchemaFields } from "@langchain/langgraph";

import { assertJson, isJsonObject, type JsonObject } from "../core/json.ts";
import type { LayerName } from "../memory/item.ts";
import { type AgentCall, askModel } from "./ask.ts";
import type { PromptFits, PromptName } from "./prompt-inputs.ts";
import { type MemoryChoice, policyFor, recallOnce, routeOptions, type RouteOptions } from "./recall.ts";
import { rememberUpdate } from "./remember.ts";
import { outputSchema } from "./schema.ts";
import { servicesFrom } from "./services.ts";
import { type FieldName, type StateFields, type StateOf, type UpdateOf, unknownField } from "./state.ts";
import { taskFrom } from "./task.ts";

export interface AgentSpec<F extends StateSchemaFields, R extends FieldName<F>, W extends FieldName<F>> {
  /** Name of the prompt file, without its ending: `brief/write`. */
  readonly prompt: string;
  /** The fields the agent sees; they are the prompt's variables. */
  readonly reads: readonly R[];
  /** The fields the agent updates; they are the model's output schema. */
  readonly writes: readonly W[];
  /** Which memory it recalls from and where it remembers: a policy, or a function of what it sees. @default none */
  readonly memory?: MemoryChoice<Pick<StateOf<F>, R>>;
}

/** What the framework knows of a node without running it. */
export interface NodeRights {
  readonly kind: "agent" | "node";
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Name of the prompt an agent uses. */
  readonly prompt?: string;
  /** Names of further prompts that it may render, such as `baton/output-repair`: each run pins them too. */
  readonly prompts?: readonly string[];
  readonly layers?: readonly LayerName[];
  /** How an agent's recalls are routed. */
  readonly memory?: RouteOptions;
}

/** A LangGraph node that asks a model. Its identity is the name under which it is added to a graph. */
export interface Agent<F extends StateSchemaFields, R extends FieldName<F>, W extends FieldName<F>> {
  (state: Pick<StateOf<F>, R>, config: LangGraphRunnableConfig): Promise<UpdateOf<F, W>>;
  readonly rights: NodeRights;
}

/**
 * Makes a LangGraph node out of a prompt: reads `reads`, recalls memory, calls the model, updates exactly `writes`.
 *
 * Throws `state-field-unknown` and `workflow-invalid` when the fields do not fit the state or JSON cannot carry them.
 */
export function agent<
  F extends StateSchemaFields,
  const R extends FieldName<F>,
  const W extends FieldName<F>,
  const P extends PromptName,
>(
  state: StateFields<F>,
  spec: AgentSpec<F, R, W> & { readonly prompt: P } & PromptFits<P, Pick<StateOf<F>, R>>,
): Agent<F, R, W> {
  const output = outputSchema(state, spec.writes);
  const strayRead = spec.reads.find((name) => !(name in state.fields));
  if (strayRead !== undefined) throw unknownField(state, strayRead);

  async function runAgent(current: Pick<StateOf<F>, R>, config: LangGraphRunnableConfig): Promise<UpdateOf<F, W>> {
    const services = servicesFrom(config);
    const task = taskFrom(config);
    const seen = pick(current, spec.reads);
    const variables = toVariables(seen, spec.prompt);
    const call: AgentCall = {
      services,
      task,
      variables,
      journal: services.journal(task),
      ...(config.signal === undefined ? {} : { signal: config.signal }),
    };
    const policy = policyFor(spec.memory, seen);
    const recall = await recallOnce(call, policy, seen);
    const answer = await askModel(call, { prompt: spec.prompt, output, recall });
    // The parsed update holds exactly the checked fields of `writes`; only their names are lost to the type checker.
    const update = (await output.parse(answer.text)) as UpdateOf<F, W>;
    if (policy?.remember !== undefined)
      await rememberUpdate(services, task, { update, layer: policy.remember, prompt: spec.prompt });
    return update;
  }

  const rights: NodeRights = {
    kind: "agent",
    reads: spec.reads,
    writes: spec.writes,
    prompt: spec.prompt,
    ...(typeof spec.memory === "object" ? { layers: spec.memory.layers, memory: routeOptions(spec.memory) } : {}),
  };
  return Object.assign(runAgent, { rights });
}

function pick<S extends object, K extends keyof S>(state: S, keys: readonly K[]): Pick<S, K> {
  // `fromEntries` forgets the keys it was given.
  return Object.fromEntries(keys.map((key) => [key, state[key]])) as Pick<S, K>;
}

function toVariables(seen: object, prompt: string): JsonObject {
  const variables = assertJson(seen, `variables of prompt ${prompt}`);
  return isJsonObject(variables) ? variables : {};
}
