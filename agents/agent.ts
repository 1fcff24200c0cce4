import type { Command, LangGraphRunnableConfig, StateSchemaFields } from "@langchain/langgraph";

import { BatonError } from "../core/errors.ts";
import { assertJson, isJsonObject, type JsonObject } from "../core/json.ts";
import { REPAIR_PROMPT } from "./answer.ts";
import { agentCall } from "./agent-call.ts";
import { renderPrompt } from "./ask.ts";
import { commandTo } from "./command.ts";
import { type AgentTool, grant, refuseSameNames } from "./granted.ts";
import { guardReads } from "./guard.ts";
import type { Handoff } from "./handoff.ts";
import type { PromptFits, PromptName } from "./prompt-inputs.ts";
import { checkPolicy, type MemoryChoice, policyFor, policyPrompts, routeOptions } from "./memory-policy.ts";
import { recallOnce } from "./recall.ts";
import { rememberUpdate } from "./remember.ts";
import type { NodeRights } from "./rights.ts";
import { outputSchema } from "./schema.ts";
import {
  type FieldName,
  type StateFields,
  type StateOf,
  type UpdateOf,
  refuseRecalled,
  unknownField,
} from "./state.ts";
import { taskFrom } from "./task.ts";
import type { Tool } from "./tool.ts";
import type { ToolSource } from "./tool-source.ts";
import { work } from "./turns.ts";

export interface AgentSpec<
  F extends StateSchemaFields,
  R extends FieldName<F>,
  W extends FieldName<F>,
  T extends readonly AgentToolOf<W>[] = readonly AgentToolOf<W>[],
> {
  /** Name of the prompt file, without its ending: `brief/write`. */
  readonly prompt: string;
  /** The fields the agent sees; they are the prompt's variables. */
  readonly reads: readonly R[];
  /** The fields the agent updates; they are the model's output schema. */
  readonly writes: readonly W[];
  /** Which memory it recalls from and where it remembers: a policy, or a function of what it sees. @default none */
  readonly memory?: MemoryChoice<Pick<StateOf<F>, R>>;
  /** What the model may call before it answers: `tool()`, `mcpTools()`, `handoff()`. @default nothing */
  readonly tools?: T;
  /** How often the model is asked before the agent fails with `turn-limit`. @default 10; raise it for long searches */
  readonly maxTurns?: number;
}

/** What an agent that writes the fields `W` may be given. */
export type AgentToolOf<W extends string> = Tool | ToolSource | Handoff<string, W>;

/** A LangGraph node that asks a model. Its identity is the name under which it is added to a graph. `H` are the nodes it may hand the task to. */
export interface Agent<
  F extends StateSchemaFields,
  R extends FieldName<F>,
  W extends FieldName<F>,
  H extends string = never,
> {
  (state: Pick<StateOf<F>, R>, config: LangGraphRunnableConfig): Promise<AgentResult<UpdateOf<F, W>, H>>;
  readonly rights: NodeRights;
}

/** The update, or the command that goes on at another node. */
export type AgentResult<U, H extends string> = [H] extends [never]
  ? U
  : U | Command<unknown, Partial<U> & Record<string, unknown>, H>;

/** The nodes to which the tools `T` may hand the task. */
type Targets<T extends readonly AgentTool[]> = Extract<T[number], Handoff>["target"];

const DEFAULT_MAX_TURNS = 10;

/**
 * Makes a LangGraph node out of a prompt: reads `reads`, recalls memory, lets the model call tools, updates exactly `writes`.
 *
 * Throws `state-field-unknown` and `workflow-invalid` when the fields do not fit the state or JSON cannot carry them, and `tool-invalid`.
 */
export function agent<
  F extends StateSchemaFields,
  const R extends FieldName<F>,
  const W extends FieldName<F>,
  const P extends PromptName,
  const T extends readonly AgentToolOf<NoInfer<W>>[] = readonly [],
>(
  state: StateFields<F>,
  spec: AgentSpec<F, R, W, T> & { readonly prompt: P } & PromptFits<P, Pick<StateOf<F>, R>>,
): Agent<F, R, W, Targets<T>> {
  const output = outputSchema(state, spec.writes);
  const strayRead = spec.reads.find((name) => !(name in state.fields));
  if (strayRead !== undefined) throw unknownField(state, strayRead);
  refuseRecalled(spec.reads);
  if (typeof spec.memory !== "function") checkPolicy(spec.memory);
  const tools: readonly AgentTool[] = spec.tools ?? [];
  checkTools(tools, spec.writes);
  const maxTurns = checkTurns(spec.maxTurns ?? DEFAULT_MAX_TURNS);
  const declared = Object.keys(state.fields);

  async function runAgent(
    current: Pick<StateOf<F>, R>,
    config: LangGraphRunnableConfig,
  ): Promise<AgentResult<UpdateOf<F, W>, Targets<T>>> {
    const seen = guardReads(current, { node: taskFrom(config).node, reads: spec.reads, declared });
    const variables = toVariables(pick(seen, spec.reads), spec.prompt);
    const call = agentCall(config, variables);
    const policy = policyFor(spec.memory, seen);
    const recall = await recallOnce(call, policy, seen);
    const granted = await grant(call, tools, (handoff) => outputSchema(state, handoff.update));
    const prompt = renderPrompt(call, spec.prompt, { ...variables, recalled: recall.text });
    const outcome = await work(call, {
      closure: prompt.closure,
      request: {
        messages: prompt.messages,
        output: { name: "update", schema: output.schema, strict: output.strict },
        input: variables,
        passages: recall.items.map((item) => ({ text: item.text, meta: item.meta })),
        settings: prompt.settings,
        ...(granted.descriptions.length === 0 ? {} : { tools: granted.descriptions }),
      },
      output,
      granted,
      maxTurns,
    });
    const { update } = outcome;
    const namespace = policy?.namespace?.(seen);
    await rememberUpdate(call, { update, recall, prompt: spec.prompt, policy, namespace });
    const result = outcome.kind === "answer" ? update : await commandTo(outcome.to, { ...update });
    // The checked update holds exactly the fields of `writes`, and a command goes to a target of `tools`; only the names are lost to the compiler.
    return result as AgentResult<UpdateOf<F, W>, Targets<T>>;
  }

  const rights: NodeRights = {
    kind: "agent",
    reads: spec.reads,
    writes: spec.writes,
    prompt: spec.prompt,
    prompts: [REPAIR_PROMPT, ...policyPrompts(spec.memory)],
    ...(typeof spec.memory === "object" ? { layers: spec.memory.layers, memory: routeOptions(spec.memory) } : {}),
    ...toolRights(tools),
  };
  return Object.assign(runAgent, { rights });
}

function checkTools(tools: readonly AgentTool[], writes: readonly string[]): void {
  refuseSameNames(tools.map((entry) => entry.name));
  for (const entry of tools) {
    const stray = entry.kind === "handoff" ? entry.update.find((field) => !writes.includes(field)) : undefined;
    if (stray === undefined) continue;
    throw new BatonError("tool-invalid", `\`${entry.name}\` updates \`${stray}\`, which the agent does not write.`, {
      hint: `Add "${stray}" to \`writes\` of the agent, or take it out of \`update\`.`,
    });
  }
}

function checkTurns(maxTurns: number): number {
  if (Number.isSafeInteger(maxTurns) && maxTurns > 0) return maxTurns;
  throw new BatonError("workflow-invalid", `Expected \`maxTurns\` to be a positive integer, got \`${maxTurns}\`.`, {
    hint: "Leave it out for the default.",
  });
}

function toolRights(tools: readonly AgentTool[]): Pick<NodeRights, "tools" | "handoffs"> {
  const handoffs = tools.flatMap((entry) => (entry.kind === "handoff" ? [entry.target] : []));
  return {
    ...(tools.length === 0 ? {} : { tools: tools.map(({ name }) => name) }),
    ...(handoffs.length === 0 ? {} : { handoffs }),
  };
}

function pick<S extends object, K extends keyof S>(state: S, keys: readonly K[]): Pick<S, K> {
  // `fromEntries` forgets the keys it was given.
  return Object.fromEntries(keys.map((key) => [key, state[key]])) as Pick<S, K>;
}

function toVariables(seen: object, prompt: string): JsonObject {
  const variables = assertJson(seen, `variables of prompt ${prompt}`);
  return isJsonObject(variables) ? variables : {};
}
