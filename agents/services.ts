import type { RunEvent, TaskRef } from "../core/events.ts";
import { BatonError } from "../core/errors.ts";
import type { RunId, SessionId, TenantId, ThreadId } from "../core/ids.ts";
import type { Journal } from "../core/journal.ts";
import type { JsonObject } from "../core/json.ts";
import type { TextEvent } from "../core/live-events.ts";
import type { LayerName, MemoryItem, RecalledItem } from "../memory/item.ts";
import type { RememberOptions } from "../memory/run-memory.ts";
import type { RouteRule } from "../memory/route-rules.ts";
import type { RouteMode } from "../memory/router.ts";
import type { TenantMemory } from "../memory/tenant-memory.ts";
import type { Model, ModelMessage } from "../models/model.ts";
import type { ToolConnections } from "./tool-source.ts";

/** The run that a node works for. */
export interface RunIdentity {
  readonly id: RunId;
  readonly tenant: TenantId;
  readonly thread: ThreadId;
  readonly session: SessionId;
  readonly workflow: string;
}

/** A prompt filled with values: what one model call is made of. */
export interface RenderedPrompt {
  readonly ref: string;
  readonly closure: string;
  readonly dirty: boolean;
  readonly messages: readonly ModelMessage[];
  /** `config` of the prompt file: temperature and the like. */
  readonly settings: JsonObject;
}

export interface RecallRequest {
  readonly layers: readonly LayerName[];
  readonly text: string;
  /** Namespace of the vector layer. @default the workflow's id */
  readonly namespace?: string;
  readonly limit: number;
  /** What the agent already holds: the context layer ranks these. */
  readonly held: readonly MemoryItem[];
  readonly signal?: AbortSignal;
  /** How much recall is given up for fewer calls: `thorough` none. @default "thorough" */
  readonly mode?: RouteMode;
  /** At most so many tokens come back. @default no limit but `limit` */
  readonly budgetTokens?: number;
  /** What a layer that is down does to the run: it goes on without, or fails with `memory-unavailable` and can be resumed. @default "degrade" */
  readonly onDown?: "degrade" | "fail";
  /** Facts that decide before any score; the first whose expression fits the query counts. @default none */
  readonly rules?: readonly RouteRule[];
  /** Recalls items of untrusted origin too. @default false */
  readonly admitUntrusted?: boolean;
}

export interface Recall {
  readonly items: readonly RecalledItem[];
  /** Which layers were asked, which were not, and why. */
  readonly route: JsonObject;
  /** What fits as well and was left out for `budgetTokens`. @default nothing */
  readonly left?: readonly RecalledItem[];
  /** The items as one fenced block of data, ready to enter a prompt; "" when nothing was recalled. */
  readonly text: string;
}

/** Memory as a node uses it: the router in front of the three layers, already scoped to the run's tenant. */
export interface RunMemory {
  recall(request: RecallRequest): Promise<Recall>;
  /** `where` names the vector layer's namespace, or says more of how it is remembered. */
  remember(layer: "session" | "vector", items: readonly MemoryItem[], where?: string | RememberOptions): Promise<void>;
  /** The long-term layer, from which the run makes `config.store`. @default there is no `config.store` */
  readonly longTerm?: TenantMemory;
}

/** The prompts that a run pinned. */
export interface RunPrompts {
  has(name: string): boolean;
  /** Throws `prompt-not-found` for one that the run did not pin. */
  render(name: string, variables: JsonObject): RenderedPrompt;
}

/** What a node receives from the run it belongs to. */
export interface RunServices {
  readonly run: RunIdentity;
  readonly model: Model;
  readonly prompts: RunPrompts;
  readonly memory: RunMemory;
  /** Open connections to servers that have tools. */
  readonly connections: ToolConnections;
  readonly journal: (task: TaskRef) => Journal;
  readonly emit: (event: RunEvent) => void;
  /** Shows text of answers while it arrives; absent where nobody looks. */
  readonly show?: (event: TextEvent) => void;
}

/** The private key under which services travel in `config.configurable`; LangGraph passes it on into subgraphs. */
export const SERVICES_KEY = "__batonjs_services";

interface ConfigWithServices {
  readonly configurable?: Readonly<Record<string, unknown>>;
}

/** Takes the services out of a node's config; throws `agent-outside-run` when the node was called without a run. */
export function servicesFrom(config: ConfigWithServices | undefined): RunServices {
  const services = config?.configurable?.[SERVICES_KEY];
  if (isServices(services)) return services;
  throw new BatonError(
    "agent-outside-run",
    "An agent was called outside a Baton run, so it has no model, prompts or journal.",
    {
      hint: "Start the workflow with `baton.start()` or `baton run`; in a unit test pass `testConfig()` from `batonjs/testing`.",
    },
  );
}

/** The config entry that carries the services to every node. */
export function withServices(services: RunServices): { readonly [SERVICES_KEY]: RunServices } {
  return { [SERVICES_KEY]: services };
}

function isServices(value: unknown): value is RunServices {
  return typeof value === "object" && value !== null && "journal" in value && "prompts" in value;
}
