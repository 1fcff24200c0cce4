import type { LangGraphRunnableConfig, StateSchemaFields } from "@langchain/langgraph";

import { guardReads } from "../agents/guard.ts";
import type { FunctionNode } from "../agents/node.ts";
import type { NodeRights } from "../agents/rights.ts";
import { servicesFrom } from "../agents/services.ts";
import { type FieldName, type StateFields, type StateOf, type UpdateOf, unknownField } from "../agents/state.ts";
import { taskFrom } from "../agents/task.ts";
import { BatonError } from "../core/errors.ts";
import type { Journal } from "../core/journal.ts";
import { assertJson, isJsonObject, type JsonValue } from "../core/json.ts";
import type { WorkflowEntry } from "./inner-graph.ts";
import { inputSchemaOf } from "./input.ts";
import { compileGraph, type Workflow } from "./workflow.ts";

export interface SubworkflowSpec<R extends string, W extends string> {
  /** Fields of the inner workflow, each with the field of this state that it begins with: `{ question: "topic" }`. */
  readonly reads: Readonly<Record<string, R>>;
  /** Fields of this state, each with the field of the inner workflow whose final value it is given: `{ summary: "brief" }`. */
  readonly writes: Readonly<Record<W, string>>;
}

/** A workflow as a LangGraph node. */
export interface Subworkflow<
  F extends StateSchemaFields,
  R extends FieldName<F>,
  W extends FieldName<F>,
> extends FunctionNode<F, R, W> {
  readonly entry: WorkflowEntry;
}

/**
 * Makes a workflow a node of another one. It has its own state: only the named fields go in and come out. Its steps are checkpointed in the run of
 * the outer workflow: they are resumed, answered, questioned and paid for there. Of what the inner `workflow()` says, `maxSteps` and `prepareInput`
 * count; time limits are those of the outer one.
 *
 * Throws `state-field-unknown` for fields that one of the two does not have. The node throws `input-invalid` and `recursion-limit`, naming the inner
 * workflow, and what its nodes throw.
 */
export function subworkflow<F extends StateSchemaFields, const R extends FieldName<F>, const W extends FieldName<F>>(
  state: StateFields<F>,
  workflow: Workflow,
  { reads, writes }: SubworkflowSpec<R, W>,
): Subworkflow<F, R, W> {
  const entry: WorkflowEntry = { workflow, reads, writes };
  refuseUnknown(state, entry);
  const outside = [...new Set(Object.values(entry.reads))];
  const input = inputSchemaOf(workflow);
  let compiled: InvokableGraph | undefined;

  async function runSubworkflow(
    current: Pick<StateOf<F>, R>,
    config: LangGraphRunnableConfig,
  ): Promise<Partial<UpdateOf<F, W>>> {
    const task = taskFrom(config);
    const services = servicesFrom(config);
    const seen = guardReads(current, { node: task.node, reads: outside, declared: Object.keys(state.fields) });
    services.emit({ type: "workflow_entered", ...task, workflow: workflow.id });
    const given = await prepared(renamed(entry.reads, seen), services.journal(task));
    // Compiled without a saver: in a run it gets that of the outer graph.
    compiled ??= compileGraph(workflow) as InvokableGraph;
    const result = await invoke(compiled, given, { ...config, recursionLimit: workflow.maxSteps });
    // The fields of `writes`, and no others; only their names are lost to the compiler.
    return renamed(entry.writes, result) as Partial<UpdateOf<F, W>>;
  }

  /** Prepared once: what goes on after a crash goes on with the same input. */
  async function prepared(given: object, journal: Journal): Promise<object> {
    if (workflow.prepareInput === undefined) return await input.check(given);
    const request = assertJson(given, `input of workflow ${workflow.id}`);
    const note = { kind: "note", name: `input of ${workflow.id}`, request } as const;
    const { value } = await journal.call<JsonValue>(note, async () => await input.check(given));
    return isJsonObject(value) ? value : {};
  }

  async function invoke(graph: InvokableGraph, given: object, config: object): Promise<object> {
    try {
      return await graph.invoke(given, config);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "GraphRecursionError") throw error;
      throw tooManySteps(workflow, error);
    }
  }

  const rights: NodeRights = {
    kind: "workflow",
    reads: outside,
    writes: Object.keys(entry.writes),
    workflow: workflow.id,
    inner: workflow.nodes,
  };
  return Object.assign(runSubworkflow, { rights, entry });
}

/** The part of a compiled graph that is used here. */
interface InvokableGraph {
  invoke(input: object, config: object): Promise<object>;
}

/** An object with the keys of `names` and the values that `source` has under the names they stand for; what it has not is left out. */
function renamed(names: Readonly<Record<string, string>>, source: object): Readonly<Record<string, unknown>> {
  const entries = Object.entries(names).map(([name, from]): readonly [string, unknown] => [
    name,
    Reflect.get(source, from),
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function refuseUnknown<F extends StateSchemaFields>(
  state: StateFields<F>,
  { workflow, reads, writes }: WorkflowEntry,
): void {
  const stray = [...Object.values(reads), ...Object.keys(writes)].find((name) => !(name in state.fields));
  if (stray !== undefined) throw unknownField(state, stray);
  const strayInside = [...Object.keys(reads), ...Object.values(writes)].find((name) => !workflow.fields.includes(name));
  if (strayInside === undefined) return;
  throw new BatonError(
    "state-field-unknown",
    `A node that runs the workflow \`${workflow.id}\` names its field \`${strayInside}\`, which that does not have.`,
    { hint: `The state of \`${workflow.id}\` has: ${workflow.fields.join(", ")}.` },
  );
}

function tooManySteps({ id, maxSteps }: Workflow, cause: Error): BatonError {
  return new BatonError("recursion-limit", `Workflow \`${id}\` took ${maxSteps} steps without reaching its end.`, {
    hint: `Resume the run to allow as many steps again, raise \`maxSteps\` of \`${id}\`, or mend its loop.`,
    cause,
  });
}
