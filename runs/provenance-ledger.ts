import type { RunEvent, TaskRef, Usage } from "../core/events.ts";
import type { Journal, JournaledCall } from "../core/journal.ts";
import { digest, type JsonObject, type JsonValue } from "../core/json.ts";
import type { CallUse, ModelUse, PromptUse } from "../core/provenance.ts";
import { rightsAt } from "../graph/node-rights.ts";
import type { Workflow } from "../graph/workflow.ts";
import type { Model } from "../models/model.ts";
import { plusCost } from "./history.ts";
import type { Run } from "./run.ts";
import type { ProvenanceSource, TaskFacts } from "./store.ts";

/** Gathers, while a run works, what each of its tasks is made from. The saver takes it when the task hands over its writes. */
export interface ProvenanceLedger extends ProvenanceSource {
  /** Begins an execution of a task: what an earlier attempt did is no part of what this one writes. */
  begin(task: TaskRef): void;
  /** Takes what an event says about its task. */
  see(event: RunEvent): void;
  /** The same journal; what a plain function calls through it is noted. */
  watch(task: TaskRef, journal: Journal): Journal;
}

interface Entry {
  readonly task: TaskRef;
  prompts: PromptUse[];
  models: ModelUse[];
  usage: Usage | undefined;
  /** Null when the cost of one of the calls is unknown. */
  costUsd: number | null;
  /** Models that gave no answer to the call under way. */
  skipped: string[];
  calls: CallUse[];
  recalls: JsonObject[];
}

export interface LedgerParts {
  readonly run: Pick<Run, "id" | "pins">;
  readonly workflow: Pick<Workflow, "graph">;
  readonly model: Pick<Model, "ref" | "settings">;
}

export function provenanceLedger({ run, workflow, model }: LedgerParts): ProvenanceLedger {
  const open = new Map<string, Entry>();
  const settings = shortDigest(model.settings);

  function entryOf(task: TaskRef): Entry {
    const known = open.get(task.taskId);
    if (known !== undefined && known.task.attempt === task.attempt) return known;
    const entry: Entry = {
      task,
      prompts: [],
      models: [],
      usage: undefined,
      costUsd: 0,
      skipped: [],
      calls: [],
      recalls: [],
    };
    open.set(task.taskId, entry);
    return entry;
  }

  function see(event: RunEvent): void {
    switch (event.type) {
      case "prompt_rendered": {
        const { prompt: ref, closure } = event;
        const { prompts } = entryOf(event);
        if (!prompts.some((known) => known.closure === closure)) prompts.push({ ref, closure });
        return;
      }
      case "model_fell_back":
        entryOf(event).skipped.push(event.from);
        return;
      case "model_called": {
        const entry = entryOf(event);
        // A provider may answer with a more exact name than the one it was asked by.
        const use = { ref: event.model, settings, ...(entry.skipped.length === 0 ? {} : { insteadOf: entry.skipped }) };
        entry.skipped = [];
        if (!entry.models.some((known) => sameUse(known, use))) entry.models.push(use);
        entry.usage = plus(entry.usage, event.usage);
        entry.costUsd = plusCost(entry.costUsd, event.costUsd);
        return;
      }
      case "memory_recalled":
        entryOf(event).recalls.push(event.route);
        return;
      case "tool_called":
        entryOf(event).calls.push({
          name: event.tool,
          outcome: event.outcome,
          arguments: shortDigest(event.arguments),
          result: event.digest.slice(0, SHORT),
          key: event.key.slice(0, SHORT),
        });
        return;
      default:
        return;
    }
  }

  function factsOf({ task, namespace, node }: Parameters<ProvenanceSource["factsOf"]>[0]): TaskFacts {
    const entry = open.get(task);
    open.delete(task);
    const name = entry?.task.node ?? node;
    const rights = name === undefined ? undefined : rightsAt(workflow.graph, [...namesIn(namespace), name]);
    return {
      run: run.id,
      step: entry?.task.step,
      node: name,
      attempt: entry?.task.attempt ?? 1,
      kind: rights?.kind === "agent" ? "agent" : "step",
      reads: rights?.reads,
      prompts: entry?.prompts ?? [],
      models: entry?.models ?? [],
      usage: entry?.usage,
      costUsd: entry?.usage === undefined ? undefined : (entry.costUsd ?? undefined),
      calls: entry?.calls ?? [],
      recalls: entry?.recalls ?? [],
    };
  }

  return {
    pins: run.pins,
    begin: (task) => void entryOf(task),
    see,
    watch: (task, journal) => watched(journal, entryOf(task)),
    factsOf,
  };
}

const SHORT = 16;

function shortDigest(value: JsonValue): string {
  return digest(value).slice(0, SHORT);
}

function sameUse(one: ModelUse, other: ModelUse): boolean {
  return one.ref === other.ref && String(one.insteadOf) === String(other.insteadOf);
}

function plus(sum: Usage | undefined, usage: Usage): Usage {
  if (sum === undefined) return usage;
  const cached = sum.cachedInputTokens ?? usage.cachedInputTokens;
  return {
    inputTokens: sum.inputTokens + usage.inputTokens,
    outputTokens: sum.outputTokens + usage.outputTokens,
    ...(cached === undefined
      ? {}
      : { cachedInputTokens: (sum.cachedInputTokens ?? 0) + (usage.cachedInputTokens ?? 0) }),
  };
}

/** `outer:task|inner:task` are the nodes above, each with the task that ran it. */
function namesIn(namespace: string): readonly string[] {
  return namespace === "" ? [] : namespace.split("|").map((part) => part.slice(0, part.lastIndexOf(":")));
}

/** What agents call, they report themselves, as events. */
function watched(journal: Journal, { calls }: Entry): Journal {
  function note({ kind, name, request }: JournaledCall, result: JsonValue): void {
    if (kind !== "call" && kind !== "once") return;
    calls.push({ name, outcome: "done", arguments: shortDigest(request), result: shortDigest(result), key: "" });
  }

  return {
    async call(call, perform, accept) {
      const result = await journal.call(call, perform, accept);
      note(call, result.value);
      return result;
    },
    async once(call, perform, options) {
      const result = await journal.once(call, perform, options);
      note(call, result.value);
      return result;
    },
    find: (call) => journal.find(call),
    approvals: (questions) => journal.approvals(questions),
  };
}
