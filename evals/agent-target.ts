import { withServices, type RunServices } from "../agents/services.ts";
import { toolConnections } from "../agents/tool-source.ts";
import { BatonError } from "../core/errors.ts";
import type { RunEvent } from "../core/events.ts";
import { DEFAULT_TENANT, parseSessionId, parseThreadId } from "../core/ids.ts";
import { newRunId } from "../core/new-run-id.ts";
import { assertJson, type JsonObject } from "../core/json.ts";
import { unjournaled } from "../core/unjournaled.ts";
import type { Workflow } from "../graph/workflow.ts";
import type { Model } from "../models/model.ts";
import { compilePrompt } from "../prompts/compile.ts";
import type { PromptPin } from "../prompts/pin.ts";
import type { CaseInput } from "./case.ts";
import { recallOf } from "./recalled.ts";
import { suiteInvalid } from "./suite-error.ts";
import type { OpenTarget } from "./target.ts";
import { traceOf } from "./trace.ts";

export interface AgentTargetOptions {
  readonly workflow: Workflow;
  readonly node: string;
  /** Every prompt the agent may use. */
  readonly pins: readonly PromptPin[];
  readonly model: Model;
}

/** One agent of a workflow, called on the fields it reads; it recalls what the case says, and its calls are not journaled. Throws `suite-invalid` for a node that is none. */
export function agentTarget({ workflow, node, pins, model }: AgentTargetOptions): OpenTarget {
  const call = functionOf(workflow, node);
  const rights = workflow.nodes.find(({ name }) => name === node)?.rights;
  const prompts = new Map(pins.map((pin) => [pin.name, pin]));
  const closures = Object.fromEntries(pins.map(({ name, closure }) => [name, closure]));
  const own = rights?.prompt === undefined ? undefined : prompts.get(rights.prompt);
  const textsOf = ({ input }: CaseInput): readonly string[] =>
    own === undefined
      ? []
      : compilePrompt(own)
          .render(input)
          .messages.map(({ content }) => content);
  return {
    identity: { agent: `${workflow.id}/${node}`, prompts: closures, model: model.ref, settings: model.settings },
    pins,
    closures,
    check: (given) => void textsOf(given),
    texts: textsOf,
    async run(given, signal) {
      const events: RunEvent[] = [];
      const begun = performance.now();
      const configurable = withServices(servicesOf({ workflow, prompts, model, events, given }));
      try {
        const update = await call(given.input, { configurable, signal });
        const output = assertJson(update, `what agent ${node} returned`);
        return { output, trace: traceOf(events, performance.now() - begun) };
      } catch (error) {
        return { error, trace: traceOf(events, performance.now() - begun) };
      }
    },
  };
}

type NodeCall = (state: JsonObject, config: object) => Promise<unknown>;

function functionOf({ id, graph }: Workflow, node: string): NodeCall {
  const runnable = graph.nodes[node]?.runnable;
  const func = typeof runnable === "object" && runnable !== null && "func" in runnable ? runnable.func : undefined;
  if (typeof func !== "function") {
    const names = Object.keys(graph.nodes).map((name) => `\`${name}\``);
    throw suiteInvalid({
      message: `Workflow \`${id}\` has no agent \`${node}\`.`,
      hint: `Its nodes: ${names.join(", ")}.`,
    });
  }
  // LangGraph keeps a node's own function as it was given: it takes the state and the config.
  return func as NodeCall;
}

interface ServicesFor {
  readonly workflow: Workflow;
  readonly prompts: ReadonlyMap<string, PromptPin>;
  readonly model: Model;
  readonly events: RunEvent[];
  readonly given: CaseInput;
}

function servicesOf({ workflow, prompts, model, events, given }: ServicesFor): RunServices {
  const id = newRunId();
  return {
    run: { id, tenant: DEFAULT_TENANT, thread: parseThreadId(id), session: parseSessionId(id), workflow: workflow.id },
    model,
    prompts: {
      has: (name) => prompts.has(name),
      render(name, variables) {
        const pin = prompts.get(name);
        if (pin === undefined) throw new BatonError("prompt-not-found", `The eval did not pin the prompt \`${name}\`.`);
        const { ref, closure, dirty } = pin;
        return { ref, closure, dirty, ...compilePrompt(pin).render(variables) };
      },
    },
    memory: { recall: async () => recallOf(given), remember: async () => {} },
    connections: toolConnections(),
    journal: () => journal,
    emit: (event) => void events.push(event),
  };
}

// A repeat must not read what another one was answered, and nobody is there to be asked.
const journal = unjournaled("eval", async (questions) =>
  questions.map(() => ({ approved: false, reason: "evals approve nothing" })),
);
