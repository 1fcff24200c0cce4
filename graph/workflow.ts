import type { BaseCheckpointSaver, BaseStore } from "@langchain/langgraph-checkpoint";

import type { DeclaredNode } from "../agents/rights.ts";
import { type Budget, budgetMistake } from "../core/budget.ts";
import { BatonError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { retryOn, retryOnUnlessFinal } from "../models/retry.ts";
import { edgesOf, type GraphEdge } from "./edges.ts";
import { checkMigrations, type Migration } from "./migration.ts";
import { rightsOf } from "./node-rights.ts";

/** The part of LangGraph's `StateGraph` that Baton needs. Accepted structurally: the graph stays LangGraph's own, type parameters and all. */
export interface GraphSource {
  readonly nodes: Readonly<Record<string, GraphNode>>;
  readonly edges: ReadonlySet<readonly [string, string]>;
  readonly branches: Readonly<
    Record<string, Readonly<Record<string, { readonly ends?: Readonly<Record<string, string>> | undefined }>>>
  >;
  readonly waitingEdges: ReadonlySet<readonly [readonly string[], string]>;
  readonly channels: Readonly<Record<string, unknown>>;
  compile(options?: { readonly checkpointer?: BaseCheckpointSaver; readonly store?: BaseStore }): unknown;
}

interface GraphNode {
  readonly runnable: unknown;
  readonly ends?: readonly string[] | undefined;
  readonly defer?: boolean | undefined;
  retryPolicy?: RetryPolicy | undefined;
}

interface RetryPolicy {
  // `any` is LangGraph's own parameter type; a narrower one would not accept its policies.
  readonly retryOn?: ((error: never) => boolean) | undefined;
  readonly logWarning?: boolean | undefined;
}

export interface WorkflowSpec {
  /** Under this id the workflow is started, resumed and listed. */
  readonly id: string;
  readonly graph: GraphSource;
  /** One line for `baton --help` and reports. */
  readonly description?: string;
  /**
   * Looks at an input that fits the state, before a run is made of it: returns what the run stores, such as paths made absolute, or throws, and
   * then there is no run. @default the input as it came
   */
  readonly prepareInput?: PrepareInput;
  /** How runs of earlier versions of this workflow go on under this one; `baton check --runs` says which are needed. @default none */
  readonly migrations?: readonly Migration[];
  /** How many steps one start or resume may take before it fails with `recursion-limit`. @default 100 */
  readonly maxSteps?: number;
  /** What a new input does on a thread that another run holds. @default "reject" */
  readonly onHeldThread?: HeldThread;
  /** How long one node may take, over all its attempts, in milliseconds. @default ten minutes, or what the config says */
  readonly nodeTimeoutMs?: number;
  /** How long a run may take from its start or a resume by hand, over all processes that take part. @default as long as it likes */
  readonly timeoutMs?: number;
  /** What a run may use at most, all its resumes together; a start may say otherwise. @default as much as it likes */
  readonly budget?: Budget;
  /** How long a run waits for a person: a later answer is refused, and the question asked again. @default for ever */
  readonly answerTimeoutMs?: number;
}

export type PrepareInput = (input: JsonObject) => JsonObject | Promise<JsonObject>;

/**
 * `reject` refuses the new input, `enqueue` lets it wait for its turn, `interrupt` cancels the run that holds the thread and goes on from where it
 * stands, `rollback` cancels it and goes on from where the thread stood before it.
 */
export type HeldThread = "reject" | "enqueue" | "interrupt" | "rollback";

/** A LangGraph graph with an id: what Baton starts, resumes and draws. */
export interface Workflow {
  readonly id: string;
  readonly description: string | undefined;
  readonly prepareInput: PrepareInput | undefined;
  readonly maxSteps: number;
  readonly onHeldThread: HeldThread;
  readonly nodeTimeoutMs: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly answerTimeoutMs: number | undefined;
  readonly budget: Budget;
  readonly graph: GraphSource;
  readonly nodes: readonly DeclaredNode[];
  readonly edges: readonly GraphEdge[];
  /** Names of the state's fields. */
  readonly fields: readonly string[];
  readonly migrations: readonly Migration[];
}

const WORKFLOW_ID = /^[a-z0-9][a-z0-9-]{0,63}$/u;
const DEFAULT_MAX_STEPS = 100;

/**
 * Registers a graph under an id and gives its retry policies Baton's judgement of what is worth a retry.
 *
 * Opens nothing. Throws `workflow-invalid` when the id is malformed, the graph has no nodes, a limit is none, or a migration names no fingerprints.
 */
export function workflow(spec: WorkflowSpec): Workflow {
  const { id, graph } = spec;
  if (!WORKFLOW_ID.test(id)) {
    throw new BatonError(
      "workflow-invalid",
      `Expected a workflow id of lower-case letters, digits and dashes, got \`${id}\`.`,
      {
        hint: "Use an id such as `research` or `support-desk`.",
      },
    );
  }
  const nodes = Object.entries(graph.nodes).map(([name, { runnable }]) => ({ name, rights: rightsOf(runnable) }));
  if (nodes.length === 0) {
    throw new BatonError("workflow-invalid", `Workflow \`${id}\` has no nodes.`, {
      hint: "Add nodes to the graph before `workflow()`.",
    });
  }
  ownRetries(graph);
  checkMigrations(id, spec.migrations ?? []);
  return {
    id,
    description: spec.description,
    prepareInput: spec.prepareInput,
    maxSteps: stepsOf(spec),
    onHeldThread: spec.onHeldThread ?? "reject",
    nodeTimeoutMs: duration(spec, "nodeTimeoutMs"),
    timeoutMs: duration(spec, "timeoutMs"),
    answerTimeoutMs: duration(spec, "answerTimeoutMs"),
    budget: budgetOf(spec),
    graph,
    nodes,
    edges: edgesOf(graph),
    fields: Object.keys(graph.channels).filter((name) => !name.startsWith("branch:") && !name.startsWith("__")),
    migrations: spec.migrations ?? [],
  };
}

/** Compiles the graph of a workflow. Throws `workflow-invalid` with what LangGraph has against it, such as an edge to a node that is not there. */
export function compileGraph({ id, graph }: Workflow, options: Parameters<GraphSource["compile"]>[0] = {}): unknown {
  try {
    return graph.compile(options);
  } catch (error) {
    if (BatonError.is(error)) throw error;
    const message = error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
    throw new BatonError("workflow-invalid", `The graph of workflow \`${id}\` does not compile: ${message}`, {
      hint: "Every node that an edge names must be added, and one edge must begin at START.",
      cause: error,
    });
  }
}

function duration(spec: WorkflowSpec, name: "nodeTimeoutMs" | "timeoutMs" | "answerTimeoutMs"): number | undefined {
  const value = spec[name];
  if (value === undefined || (Number.isFinite(value) && value > 0)) return value;
  throw new BatonError(
    "workflow-invalid",
    `Expected \`${name}\` of workflow \`${spec.id}\` to be a positive number of milliseconds, got \`${value}\`.`,
    {
      hint: "Leave it out for the default.",
    },
  );
}

function stepsOf({ id, maxSteps = DEFAULT_MAX_STEPS }: WorkflowSpec): number {
  if (Number.isSafeInteger(maxSteps) && maxSteps > 0) return maxSteps;
  throw new BatonError(
    "workflow-invalid",
    `Expected \`maxSteps\` of workflow \`${id}\` to be a positive whole number, got \`${String(maxSteps)}\`.`,
    { hint: `Leave it out for ${DEFAULT_MAX_STEPS} steps.` },
  );
}

function budgetOf({ id, budget = {} }: WorkflowSpec): Budget {
  const mistake = budgetMistake(budget);
  if (mistake === undefined) return budget;
  throw new BatonError("workflow-invalid", `${mistake} in workflow \`${id}\`.`, {
    hint: "Leave out what is not to be limited.",
  });
}

/** LangGraph's default retries 422 and prints warnings to stdout, where `--json` must stand alone. The nodes of subgraphs are nodes as well. */
function ownRetries(graph: { readonly nodes: Readonly<Record<string, AnyNode>> }): void {
  for (const graphNode of Object.values(graph.nodes)) {
    const { retryPolicy, runnable = graphNode.bound } = graphNode;
    if (isCompiled(runnable)) ownRetries(runnable);
    if (retryPolicy === undefined) continue;
    const judge = retryPolicy.retryOn === undefined ? retryOn : retryOnUnlessFinal(retryPolicy.retryOn);
    graphNode.retryPolicy = { ...retryPolicy, retryOn: judge, logWarning: false };
  }
}

/** A node before compilation holds its function as `runnable`, afterwards as `bound`. */
type AnyNode = Pick<GraphNode, "retryPolicy"> & { readonly runnable?: unknown; readonly bound?: unknown };

/** A compiled graph that stands as a node in another one. */
function isCompiled(runnable: unknown): runnable is { readonly nodes: Readonly<Record<string, AnyNode>> } {
  return (
    typeof runnable === "object" &&
    runnable !== null &&
    "builder" in runnable &&
    "nodes" in runnable &&
    typeof runnable.nodes === "object" &&
    runnable.nodes !== null
  );
}
