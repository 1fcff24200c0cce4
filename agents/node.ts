import type { Command, LangGraphRunnableConfig, StateSchemaFields } from "@langchain/langgraph";

import { BatonError } from "../core/errors.ts";
import type { OnceOptions } from "../core/journal.ts";
import { assertJson, type JsonValue } from "../core/json.ts";
import type { Model } from "../models/model.ts";
import { guardReads } from "./guard.ts";
import { memoryOf } from "./remember.ts";
import type { NodeRights } from "./rights.ts";
import { type RunIdentity, type RunMemory, servicesFrom } from "./services.ts";
import { type FieldName, type StateFields, type StateOf, type UpdateOf, unknownField } from "./state.ts";
import { taskFrom } from "./task.ts";

/** What a plain function receives beside the state. */
export interface NodeTools {
  readonly run: RunIdentity;
  readonly memory: RunMemory;
  /** The model of the run's agents: a report can say by what it was written. */
  readonly model: Pick<Model, "ref">;
  readonly signal: AbortSignal | undefined;
  /**
   * Calls the outside world: the result of `fn` is stored before it is returned, and read back on a retry or resume. A call whose process died
   * before its result was stored is made again, with the same key: pass the key on where the other side takes an idempotency key.
   * `request` holds what the result depends on; another request is another call.
   */
  call<T extends JsonValue>(name: string, request: JsonValue, fn: (key: string) => Promise<T>): Promise<T>;
  /** Like `call`, for what must not happen twice. A call of which nobody knows whether it took effect is never made again unasked. */
  readonly once: Once;
}

/**
 * Makes a call that must not happen twice. That it begins is stored first; when the process dies before the result is stored, `reconcile`
 * says what became of the call, or the run waits for a person (an interrupt of kind `unknown_effect`).
 */
export type Once = <T extends JsonValue>(
  name: string,
  request: JsonValue,
  ...call: readonly [fn: (key: string) => Promise<T>, options?: OnceOptions<T>]
) => Promise<T>;

export interface NodeSpec<R extends string, W extends string> {
  readonly reads: readonly R[];
  readonly writes: readonly W[];
}

/** A plain function as a LangGraph node with read and write rights. */
export interface FunctionNode<F extends StateSchemaFields, R extends FieldName<F>, W extends FieldName<F>> {
  (state: Pick<StateOf<F>, R>, config: LangGraphRunnableConfig): Promise<NodeResult<F, W>>;
  readonly rights: NodeRights;
}

type NodeFunction<F extends StateSchemaFields, R extends FieldName<F>, W extends FieldName<F>> = (
  state: Pick<StateOf<F>, R>,
  tools: NodeTools,
) => Promise<NodeResult<F, W>> | NodeResult<F, W>;

/** What a node returns: an update of fields it writes, or LangGraph's `Command` with one. */
type NodeResult<F extends StateSchemaFields, W extends FieldName<F>> =
  | Partial<UpdateOf<F, W>>
  | Command<unknown, Partial<UpdateOf<F, W>> & Record<string, unknown>>;

/**
 * Makes a plain function a node with rights: it sees only `reads`, writes only `writes`, and has journaled calls.
 * What the function does outside `call()` and `once()` is not journaled and happens again when the node runs again.
 *
 * At run time the node throws `state-read-forbidden` and `state-write-forbidden`, naming node and field.
 */
export function node<F extends StateSchemaFields, const R extends FieldName<F>, const W extends FieldName<F>>(
  state: StateFields<F>,
  spec: NodeSpec<R, W>,
  fn: NodeFunction<F, R, W>,
): FunctionNode<F, R, W> {
  const stray = [...spec.reads, ...spec.writes].find((name) => !(name in state.fields));
  if (stray !== undefined) throw unknownField(state, stray);

  async function runNode(current: Pick<StateOf<F>, R>, config: LangGraphRunnableConfig): Promise<NodeResult<F, W>> {
    const { node: name } = taskFrom(config);
    const visible = guardReads(current, { node: name, reads: spec.reads, declared: Object.keys(state.fields) });
    const update = await fn(visible, toolsFrom(config));
    refuseForeignWrites(update, { node: name, writes: spec.writes });
    return update;
  }

  return Object.assign(runNode, {
    rights: { kind: "node", reads: spec.reads, writes: spec.writes } satisfies NodeRights,
  });
}

function toolsFrom(config: LangGraphRunnableConfig): NodeTools {
  const services = servicesFrom(config);
  const task = taskFrom(config);
  const journal = services.journal(task);
  return {
    run: services.run,
    memory: memoryOf(services, task),
    model: services.model,
    signal: config.signal,
    async call(name, request, fn) {
      const call = { kind: "call", name, request: assertJson(request, `request of call ${name}`) } as const;
      const { value } = await journal.call(call, fn);
      return value;
    },
    async once(name, request, ...[fn, options]) {
      const call = { kind: "once", name, request: assertJson(request, `request of call ${name}`) } as const;
      const { value } = await journal.once(call, fn, options);
      return value;
    },
  };
}

function refuseForeignWrites(
  result: unknown,
  { node: name, writes }: { readonly node: string; readonly writes: readonly string[] },
): void {
  const foreign = writtenFields(result).find((key) => !writes.includes(key));
  if (foreign === undefined) return;
  throw new BatonError(
    "state-write-forbidden",
    `Node \`${name}\` returned the field \`${foreign}\`, which is not in its \`writes\`.`,
    {
      hint: `Add "${foreign}" to \`writes\` of the node, or do not return it.`,
    },
  );
}

/** The fields that a node's result writes: those of an update, and of the update that a LangGraph `Command` carries. */
function writtenFields(result: unknown): readonly string[] {
  if (Array.isArray(result)) return result.flatMap((part: unknown) => writtenFields(part));
  if (typeof result !== "object" || result === null) return [];
  if (!("lg_name" in result) || result.lg_name !== "Command") return Object.keys(result);
  const update: unknown = "update" in result ? result.update : undefined;
  // A command may also carry its update as a list of fields with their values.
  if (Array.isArray(update)) return update.map((entry: unknown) => String(Array.isArray(entry) ? entry[0] : entry));
  return typeof update === "object" && update !== null ? Object.keys(update) : [];
}
