import { type SERVICES_KEY, type RunServices, withServices } from "../agents/services.ts";
import { toolConnections } from "../agents/tool-source.ts";
import type { RunEvent } from "../core/events.ts";
import { DEFAULT_TENANT, parseSessionId, parseThreadId } from "../core/ids.ts";
import { newRunId } from "../core/new-run-id.ts";
import type { Approval, ApprovalQuestion, Journal } from "../core/journal.ts";
import type { JsonObject } from "../core/json.ts";
import { unjournaled } from "../core/unjournaled.ts";
import type { MemoryItem } from "../memory/item.ts";
import type { Model } from "../models/model.ts";

export interface TestConfigOptions {
  readonly model: Model;
  /** Renders a prompt for the test. @default one user message that holds the variables as JSON */
  readonly render?: (name: string, variables: JsonObject) => string;
  /** What every recall answers. @default nothing */
  readonly recalled?: readonly MemoryItem[];
  /** Answers what a person would be asked before a tool is called. @default an error: nothing is approved unasked */
  readonly approve?: (question: ApprovalQuestion) => Approval;
}

export interface TestConfig {
  readonly configurable: { readonly [SERVICES_KEY]: RunServices };
  /** What the node reported, in order. */
  readonly events: readonly RunEvent[];
  /** What the node asked to be remembered, in order. */
  readonly remembered: readonly MemoryItem[];
}

/** A config with which an agent or node can be called directly in a unit test: `await writer(state, testConfig({ model }))`. */
export function testConfig(options: TestConfigOptions): TestConfig {
  const events: RunEvent[] = [];
  const remembered: MemoryItem[] = [];
  const id = newRunId();
  const items = (options.recalled ?? []).map((item) => ({ ...item, layer: "vector", score: 1, why: {} }) as const);
  const services: RunServices = {
    run: { id, tenant: DEFAULT_TENANT, thread: parseThreadId(id), session: parseSessionId(id), workflow: "test" },
    model: options.model,
    prompts: {
      has: () => true,
      render: (name, variables) => ({
        ref: `${name}@test`,
        closure: "test",
        dirty: true,
        messages: [{ role: "user", content: options.render?.(name, variables) ?? JSON.stringify(variables) }],
        settings: {},
      }),
    },
    memory: {
      recall: async () => ({ items, route: { layers: ["vector"] }, text: items.map(({ text }) => text).join("\n") }),
      remember: async (_layer, added) => void remembered.push(...added),
    },
    connections: toolConnections(),
    journal: () => unjournaled("test", askTest(options)),
    emit: (event) => void events.push(event),
  };
  return { configurable: withServices(services), events, remembered };
}

/** A unit test has nobody to ask. */
function askTest({ approve }: TestConfigOptions): Journal["approvals"] {
  return async (questions) => {
    if (approve === undefined) throw new Error("A tool needs an approval: pass `approve` to testConfig().");
    return questions.map((question) => approve(question));
  };
}
