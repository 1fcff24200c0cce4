import { BatonError } from "../../core/errors.ts";
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { toReadableJson } from "../../core/readable-json.ts";
import type { Workflow } from "../../graph/workflow.ts";
import { printSteps } from "../../runs/fork-range.ts";
import { historyOfRun } from "../../runs/provenance/history-of-run.ts";
import type { Writing } from "../../runs/provenance/writing.ts";
import type { Run } from "../../runs/run.ts";
import type { EffectRow, Store } from "../../runs/store.ts";
import { checkpointAt } from "../../runs/thread-head.ts";
import { wholeValues } from "../../runs/whole-values.ts";
import type { Target } from "../suite.ts";

/** What a run was asked, or one of its agents, with what came of it. */
export interface RunCase {
  readonly target: Target;
  /** As a suite writes it. */
  readonly case: JsonObject;
  /** What it answered; undefined where it did not end well. */
  readonly output: JsonValue | undefined;
}

export interface StoredRun {
  readonly store: Store;
  readonly run: Run;
  readonly workflow: Workflow;
}

/** The whole run as a case of its workflow: its input, and the state it ended with. */
export function caseOfRun({ run }: Pick<StoredRun, "run">): RunCase {
  return {
    target: { kind: "workflow", workflow: run.workflow },
    case: { id: run.id.slice(-8).toLowerCase(), input: run.input, from: originOf(run) },
    output: run.status === "completed" ? run.state : undefined,
  };
}

/**
 * What the agents of a step were given, as cases of these agents: the fields they read, or the packet that was sent to them, and what memory
 * recalled. Throws `step-out-of-range` for a step in which no agent ran, and when its checkpoint is gone.
 */
export async function casesOfStep({ store, run, workflow }: StoredRun, step: number): Promise<readonly RunCase[]> {
  const { writings } = await historyOfRun(store, run);
  const agents = writings.filter(({ kind }) => kind === "agent");
  const tasks = agents.filter((writing) => writing.step === step);
  if (tasks.length === 0) {
    throw new BatonError("step-out-of-range", `No agent of run \`${run.id}\` ran in step ${step}.`, {
      hint: `Steps with agents: ${printSteps(agents.map((writing) => writing.step))}.`,
    });
  }
  const effects = (await store.effects.list(run.id)).filter(
    ({ kind, status }) => kind === "recall" && status === "done",
  );
  const updates = await updatesOf(store, run);
  return await Promise.all(
    tasks.map(async (writing, at): Promise<RunCase> => {
      const node = writing.node ?? "";
      const recalled = recalledIn(writing, effects);
      return {
        target: { kind: "agent", workflow: run.workflow, node },
        case: {
          id: `${run.id.slice(-8).toLowerCase()}-${step}${tasks.length === 1 ? "" : `-${at + 1}`}`,
          input: await inputOf({ store, run, workflow }, writing),
          ...(recalled.length === 0 ? {} : { recalled }),
          from: { ...originOf(run), step },
        },
        output: updates.get(writing.task ?? ""),
      };
    }),
  );
}

/** Where a case comes from: the run, and what it ran on. */
function originOf({ id, pins }: Run): JsonObject {
  const used = pins.prompts.filter(({ replaced }) => replaced !== true);
  return {
    run: id,
    model: pins.model.ref,
    prompts: Object.fromEntries(used.map(({ name, closure }) => [name, closure.slice(0, 12)])),
  };
}

const PACKETS = "__pregel_tasks";

async function inputOf({ store, run, workflow }: StoredRun, writing: Writing): Promise<JsonObject> {
  const reads = workflow.nodes.find(({ name }) => name === writing.node)?.rights?.reads ?? workflow.fields;
  const saver = await store.reader();
  const place = writing.checkpoint;
  const tuple = place === undefined ? undefined : await saver.getTuple(checkpointAt(writing.threadKey, place));
  if (tuple === undefined) {
    throw new BatonError(
      "step-out-of-range",
      `The checkpoint before step ${writing.step} of run \`${run.id}\` is gone.`,
      {
        hint: "Its history was pruned. Take a newer run.",
      },
    );
  }
  const whole = Object.entries(await wholeValues(saver, tuple, workflow)).map(([name, { value }]) => [name, value]);
  const values: Readonly<Record<string, unknown>> = {
    ...tuple.checkpoint.channel_values,
    ...Object.fromEntries(whole),
  };
  const given = packetOf(values[PACKETS], writing.provenance?.packet) ?? values;
  const known = Object.entries(given).filter(([name]) => reads.includes(name));
  const input = toReadableJson(Object.fromEntries(known));
  return isJsonObject(input) ? input : {};
}

function packetOf(packets: unknown, at: number | undefined): object | undefined {
  const packet: unknown = at === undefined || !Array.isArray(packets) ? undefined : packets[at];
  const given = typeof packet === "object" && packet !== null && "args" in packet ? packet.args : undefined;
  return typeof given === "object" && given !== null ? given : undefined;
}

/** What a task's memory answered, from the journal: by the route that its provenance keeps. */
function recalledIn({ provenance }: Writing, effects: readonly EffectRow[]): readonly JsonObject[] {
  return (provenance?.recalls ?? []).flatMap((route) => {
    const wanted = canonicalJson(route);
    const answer = effects.find(({ value }) => isJsonObject(value) && canonicalJson(value["route"] ?? null) === wanted);
    const items = isJsonObject(answer?.value) ? answer.value["items"] : undefined;
    return (Array.isArray(items) ? items : []).flatMap((item: JsonValue) => {
      if (!isJsonObject(item) || typeof item["text"] !== "string") return [];
      return [{ text: item["text"], meta: item["meta"] ?? {} }];
    });
  });
}

/** What the tasks of a run returned, by their ids. */
async function updatesOf(store: Store, run: Run): Promise<ReadonlyMap<string, JsonValue>> {
  const events = await store.events.read(run.id, 0);
  return new Map(
    events.flatMap((event) => (event.type === "task_completed" ? [[event.taskId, event.update] as const] : [])),
  );
}
