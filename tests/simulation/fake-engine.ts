import type { CheckpointTuple } from "@langchain/langgraph-checkpoint";

import type { JsonValue } from "../../core/json.ts";
import type { Engine, EngineCommand, EngineRun, MakeEngine } from "../../runs/engine.ts";
import type { EngineEvent } from "../../runs/engine-event.ts";
import type { PendingInterrupt } from "../../runs/run.ts";
import { checkpointAt } from "../../runs/thread-head.ts";
import { questionOf } from "./paid-model.ts";
import { fenceOfSaver, type WorkerSeat, type World } from "./world.ts";

/** What happened in the nodes, outside the store. */
export interface Deeds {
  readonly executed: { readonly run: string; readonly epoch: number; readonly step: number; readonly at: number }[];
  readonly effects: {
    readonly run: string;
    readonly kind: "once" | "call";
    readonly step: number;
    readonly key: string;
  }[];
  /** Effects that a process has begun and that may still happen, unless it is dead by then. */
  readonly underWay: Set<{ readonly key: string; readonly worker: WorkerSeat }>;
}

/** Nobody can say what will become of a call that a frozen process is still making. */
export function isUnderWay(key: string, { underWay }: Deeds): boolean {
  return [...underWay].some((call) => call.key === key && call.worker.state !== "dead");
}

export const LAST_STEP = 5;
const ASKING_STEP = 3;
export const ONCE_STEPS: readonly number[] = [2, 4];

class Asked extends Error {
  override readonly name = "Asked";
  readonly interrupt: PendingInterrupt;

  constructor(interrupt: PendingInterrupt) {
    super("The node waits for a person.");
    this.interrupt = interrupt;
  }
}

let checkpoints = 0;

/** A graph of five steps that behaves like LangGraph under `sync`: call, once (asks), question, once (reconciles), call. */
export function fakeEngines(world: World, worker: WorkerSeat, deeds: Deeds): MakeEngine {
  return async (run) => {
    const { saver, threadKey, services } = run;
    const fence = fenceOfSaver.get(saver);
    if (fence === undefined) throw new Error("The engine got a saver of nobody.");

    const head = async (): Promise<CheckpointTuple | undefined> => await saver.getTuple(checkpointAt(threadKey));

    async function put(before: CheckpointTuple | undefined, log: readonly string[], step: number): Promise<string> {
      checkpoints += 1;
      const id = `c${checkpoints}`;
      const config = checkpointAt(threadKey, before?.checkpoint.id);
      const checkpoint = {
        v: 4,
        id,
        // Long ago: the wait for a clock that is behind takes real time, and has tests of its own.
        ts: "2020-01-01T00:00:00.000Z",
        channel_values: { log },
        channel_versions: {},
        versions_seen: {},
      };
      await saver.put(config, checkpoint, { source: step === 0 ? "input" : "loop", step, parents: {} }, {});
      return id;
    }

    async function perform(kind: "once" | "call", step: number, key: string): Promise<string> {
      const begun = { key, worker };
      deeds.underWay.add(begun);
      try {
        await world.pass(worker, () => {
          deeds.underWay.delete(begun);
          deeds.effects.push({ run: fence?.run ?? "", kind, step, key });
        });
      } finally {
        deeds.underWay.delete(begun);
      }
      return `${kind} ${step}`;
    }

    async function execute(step: number, taskId: string, answer: JsonValue | undefined): Promise<string> {
      deeds.executed.push({ run: services.run.id, epoch: fence?.epoch ?? 0, step, at: world.now });
      if (step === ASKING_STEP) {
        if (answer === undefined) throw new Asked({ id: `question-${taskId}`, value: "Go on?" });
        return `answered ${JSON.stringify(answer)}`;
      }
      const journal = services.journal({ step, node: `n${step}`, taskId, namespace: "", attempt: 1 });
      const request = { step };
      if (!ONCE_STEPS.includes(step)) {
        const made = await journal.call({ kind: "call", name: "c", request }, async (key) => {
          await services.model.generate(questionOf(services.run.id), { signal: run.signal });
          return await perform("call", step, key);
        });
        return made.value;
      }
      const reconcile = async (key: string) => {
        if (deeds.effects.some((effect) => effect.key === key))
          return { outcome: "done", result: `once ${step}` } as const;
        return { outcome: isUnderWay(key, deeds) ? "unknown" : "not_done" } as const;
      };
      const made = await journal.once(
        { kind: "once", name: "o", request },
        async (key) => await perform("once", step, key),
        step === 2 ? {} : { reconcile },
      );
      return made.value;
    }

    const engine: Engine = {
      async *work(command) {
        yield* workFrom({ run, command, head, put, execute });
      },
      async standing() {
        const tuple = await head();
        const interrupts = (tuple?.pendingWrites ?? []).flatMap(([, channel, value]) =>
          // Written below.
          channel === "__interrupt__" ? [value as PendingInterrupt] : [],
        );
        const step = tuple?.metadata?.step ?? -1;
        return {
          checkpoint: tuple?.checkpoint.id,
          state: { log: logOf(tuple) },
          next: step >= LAST_STEP ? [] : [`n${step + 1}`],
          interrupts,
          taken: new Map(),
        };
      },
      async ask(interrupt) {
        throw new Asked(interrupt);
      },
      clear: async () => await saver.deleteThread(threadKey),
    };
    return engine;
  };
}

interface Working {
  readonly run: EngineRun;
  readonly command: EngineCommand;
  readonly head: () => Promise<CheckpointTuple | undefined>;
  readonly put: (before: CheckpointTuple | undefined, log: readonly string[], step: number) => Promise<string>;
  readonly execute: (step: number, taskId: string, answer: JsonValue | undefined) => Promise<string>;
}

async function* workFrom({ run, command, head, put, execute }: Working): AsyncGenerator<EngineEvent> {
  const { saver, threadKey, signal, drain } = run;
  if (command.kind === "begin") {
    const checkpoint = await put(await head(), [`input of ${JSON.stringify(command.input["who"])}`], 0);
    yield { type: "step_committed", step: 0, checkpoint };
  }
  let answer = command.kind === "answer" ? command.answer : undefined;
  for (;;) {
    const before = await head();
    const step = (before?.metadata?.step ?? -1) + 1;
    if (step > LAST_STEP || drain?.aborted === true) return;
    signal.throwIfAborted();
    const task = { step, taskId: `${before?.checkpoint.id}:${step}`, node: `n${step}`, namespace: "" };
    yield { type: "task_started", ...task };
    let text: string;
    try {
      text = await execute(step, task.taskId, answer);
    } catch (error) {
      if (!(error instanceof Asked)) throw error;
      await saver.putWrites(
        checkpointAt(threadKey, before?.checkpoint.id),
        [["__interrupt__", error.interrupt]],
        task.taskId,
      );
      return;
    }
    answer = undefined;
    signal.throwIfAborted();
    const checkpoint = await put(before, [...logOf(before), text], step);
    yield { type: "task_ended", ...task, result: text };
    yield { type: "step_committed", step, checkpoint };
  }
}

function logOf(tuple: CheckpointTuple | undefined): string[] {
  // Written by `put`.
  return (tuple?.checkpoint.channel_values["log"] as string[] | undefined) ?? [];
}
