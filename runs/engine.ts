import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";

import { type RunServices, withServices } from "../agents/services.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { GraphEvent } from "../core/live-events.ts";
import { toReadableJson } from "../core/readable-json.ts";
import { compileGraph, type Workflow } from "../graph/workflow.ts";
import { type EngineEvent, readDebug, readStreamed } from "./engine-event.ts";
import { readAhead } from "./read-ahead.ts";
import type { PendingInterrupt } from "./run.ts";
import { checkpointAt } from "./thread-head.ts";

/** What LangGraph is asked to do with the thread. */
export type EngineCommand =
  /** With a new input, on the thread's head or on an earlier checkpoint of it. */
  | { readonly kind: "begin"; readonly input: JsonObject; readonly checkpoint?: string }
  | { readonly kind: "continue" }
  | { readonly kind: "answer"; readonly interrupt: string; readonly answer: JsonValue };

export interface EngineRun {
  readonly workflow: Workflow;
  readonly saver: BaseCheckpointSaver;
  /** The thread id as the saver stores it. */
  readonly threadKey: string;
  readonly services: RunServices;
  readonly signal: AbortSignal;
  /** When it aborts, the work ends after the step under way. */
  readonly drain: AbortSignal | undefined;
  /** Aborts when the work is over: from then on nothing is listened to. */
  readonly over: AbortSignal;
  /** Modes of LangGraph's stream that somebody watches. @default none */
  readonly watched?: { readonly modes: readonly string[]; show(event: GraphEvent): void };
}

/** Where the thread stands. */
export interface Standing {
  /** Undefined when the thread has no checkpoint yet. */
  readonly checkpoint: string | undefined;
  readonly state: JsonObject;
  /** Nodes still to run; empty when the graph is at its end. */
  readonly next: readonly string[];
  readonly interrupts: readonly PendingInterrupt[];
  /** By the id of a pending interrupt: how many answers its task has been given before, and keeps. */
  readonly taken: ReadonlyMap<string, number>;
}

/** Hands out LangGraph's view of one run: its progress as it works, and where its thread stands. */
export interface Engine {
  /** Works until the graph ends, waits for a person, is drained, or throws what a node threw. */
  work(command: EngineCommand): AsyncIterable<EngineEvent>;
  standing(): Promise<Standing>;
  /** Makes the node that calls it wait for a person's answer to each question. */
  ask(...interrupts: readonly PendingInterrupt[]): Promise<never>;
  /** Removes everything the thread holds. */
  clear(): Promise<void>;
}

/** Makes the engine of a run. */
export type MakeEngine = (run: EngineRun) => Promise<Engine>;

interface StoredInterrupt {
  readonly id?: string;
  readonly value?: unknown;
  /** JSON schema of `interrupt(value, { responseSchema })`. */
  readonly response_schema?: unknown;
}

/** The part of a compiled LangGraph graph that is used here; its own type has ten parameters that say nothing more to this file. */
interface CompiledGraph {
  stream(input: unknown, config: object): Promise<AsyncIterable<unknown>>;
  getState(config: object): Promise<{
    readonly values: unknown;
    readonly next: readonly string[];
    readonly tasks: readonly {
      readonly id: string;
      readonly interrupts: readonly StoredInterrupt[];
    }[];
    readonly config: { readonly configurable?: { readonly checkpoint_id?: string } };
  }>;
}

/** Compiles the workflow's graph onto the run's saver. Durability is `sync`: no step starts before the one before it is stored. */
export async function createEngine(run: EngineRun): Promise<Engine> {
  const { Command, GraphInterrupt, isGraphDrained, RunControl } = await import("@langchain/langgraph");
  const { LongTermStore } = await import("../graph/long-term-store.ts");
  const { longTerm } = run.services.memory;
  const control = new RunControl();
  if (run.drain?.aborted === true) control.requestDrain();
  run.drain?.addEventListener("abort", () => control.requestDrain(), { once: true, signal: run.over });
  // `compile` of every StateGraph returns such an object; GraphSource keeps its ten type parameters out of Baton.
  const graph = compileGraph(run.workflow, {
    checkpointer: run.saver,
    ...(longTerm === undefined ? {} : { store: new LongTermStore(longTerm) }),
  }) as CompiledGraph;
  const config = {
    configurable: { thread_id: run.threadKey, ...withServices(run.services) },
    recursionLimit: run.workflow.maxSteps,
    durability: "sync",
    streamMode: [...new Set(["debug", ...(run.watched?.modes ?? [])])],
    subgraphs: true,
    signal: run.signal,
    control,
  };

  function configFor(command: EngineCommand): object {
    if (command.kind !== "begin" || command.checkpoint === undefined) return config;
    return { ...config, configurable: { ...config.configurable, checkpoint_id: command.checkpoint } };
  }

  function inputOf(command: EngineCommand): unknown {
    switch (command.kind) {
      case "begin":
        return command.input;
      case "continue":
        return null;
      case "answer":
        return new Command({ resume: { [command.interrupt]: command.answer } });
      default:
        return command satisfies never;
    }
  }

  return {
    async *work(command) {
      try {
        for await (const chunk of readAhead(await graph.stream(inputOf(command), configFor(command)))) {
          const streamed = readStreamed(chunk);
          if (run.watched?.modes.includes(streamed.mode) === true) run.watched.show(streamed);
          const event = readDebug(chunk);
          if (event !== undefined) yield event;
        }
      } catch (error) {
        if (!isGraphDrained(error)) throw error;
      }
    },
    async standing() {
      const snapshot = await graph.getState({ configurable: { thread_id: run.threadKey } });
      const asking = snapshot.tasks.filter(({ interrupts }) => interrupts.length > 0);
      const { done, taken } = asking.length === 0 ? NOTHING_STORED : await storedResults(run);
      return {
        checkpoint: snapshot.config.configurable?.checkpoint_id,
        state: toState(snapshot.values),
        next: snapshot.next,
        interrupts: asking.flatMap((task) => (done.has(task.id) ? [] : task.interrupts.map((entry) => pending(entry)))),
        taken: new Map(
          asking.flatMap((task) => task.interrupts.map(({ id = "" }) => [id, taken.get(task.id) ?? 0] as const)),
        ),
      };
    },
    async ask(...interrupts) {
      throw new GraphInterrupt([...interrupts]);
    },
    async clear() {
      await run.saver.deleteThread(run.threadKey);
    },
  };
}

/** What LangGraph stores beside the result of a task. */
const NO_RESULTS: ReadonlySet<string> = new Set(["__error__", "__error_source_node__", "__interrupt__", "__resume__"]);

/** What is stored of the tasks of the step under way. */
interface StoredResults {
  /** Tasks that have finished: a question that such a task asked before is answered, although it is still stored. */
  readonly done: ReadonlySet<string>;
  /** How many answers each task has taken. */
  readonly taken: ReadonlyMap<string, number>;
}

const NOTHING_STORED: StoredResults = { done: new Set(), taken: new Map() };

async function storedResults({ saver, threadKey }: EngineRun): Promise<StoredResults> {
  const writes = (await saver.getTuple(checkpointAt(threadKey)))?.pendingWrites ?? [];
  const answers = writes.flatMap(([task, channel, value]) =>
    channel === "__resume__" ? [[task, Array.isArray(value) ? value.length : 1] as const] : [],
  );
  return {
    done: new Set(writes.flatMap(([task, channel]) => (NO_RESULTS.has(channel) ? [] : [task]))),
    taken: new Map(answers),
  };
}

function pending({ id = "", value, response_schema: schema }: StoredInterrupt): PendingInterrupt {
  const answerSchema = schema === undefined ? undefined : toReadableJson(schema);
  return { id, value: toReadableJson(value), ...(isJsonObject(answerSchema) ? { answerSchema } : {}) };
}

function toState(values: unknown): JsonObject {
  const state = toReadableJson(values);
  return isJsonObject(state) ? state : {};
}
