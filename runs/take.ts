import type { RunMemory } from "../agents/services.ts";
import type { ToolConnections } from "../agents/tool-source.ts";
import { BatonError } from "../core/errors.ts";
import type { RunId } from "../core/ids.ts";
import type { Registry } from "../graph/registry.ts";
import type { Model } from "../models/model.ts";
import type { ProjectPrompts } from "../prompts/project.ts";
import { pinnedModel } from "../models/resolve.ts";
import { admit } from "./admission.ts";
import { alreadyAnswered, type Answer, answerTo, type GivenAnswer, noAnswer } from "./answer.ts";
import { type BudgetWish, checkWish, enterBudget } from "./budget-limits.ts";
import { bury, MOST_CRASHES } from "./burial.ts";
import { putDown } from "./cancel.ts";
import { giveBack } from "./give-back.ts";
import type { LiveOptions } from "./live.ts";
import { loadPins } from "./pins.ts";
import { enterOverrides, type PromptWish, replacePins, withTexts } from "./prompt-override.ts";
import type { Run, RunStatus } from "./run.ts";
import { type Execution, execute, holdLease, type Workshop } from "./runner.ts";
import { checkStanding } from "./standing-check.ts";
import { type StopSwitch, stopSwitch } from "./stop.ts";
import type { ClaimOutcome } from "./store.ts";

/** What runs are taken with. */
export interface Taking {
  readonly shop: Workshop;
  readonly registry: Registry;
  readonly model: Model;
  /** The project's prompts as they are now, for versions that are asked for by hand. */
  readonly prompts: () => Promise<ProjectPrompts>;
  readonly memory: (run: Run) => RunMemory;
  readonly connections: ToolConnections;
  /** Name of this process as the owner of runs. */
  readonly owner: string;
  readonly nodeTimeoutMs: number;
  /** The runs under way in this process. */
  readonly active: Map<RunId, ActiveRun>;
}

export interface ActiveRun {
  readonly stop: StopSwitch;
  readonly execution: Execution;
}

export interface TakeOptions extends GivenAnswer, PromptWish, BudgetWish {
  readonly from: readonly RunStatus[];
  readonly migrate?: boolean;
  readonly signal?: AbortSignal;
  readonly drain?: AbortSignal;
  readonly live?: LiveOptions;
}

/** A run at work, or one that came to rest instead. */
export type TakenRun = { readonly execution: Execution } | { readonly settled: Run };

type Claimed = Extract<ClaimOutcome, { readonly claimed: true }>;

/**
 * Claims a run and works it. Throws what refuses it, and then leaves it as it was: `unknown-workflow`, `run-already-active`, `run-not-resumable`,
 * `thread-held`, `thread-moved`, and what `admit`, `answerTo`, `checkStanding`, `pinnedModel`, `checkWish`, `replacePins` and `loadPins` throw.
 * After `answer-too-late` the run has failed.
 */
export async function takeRun(taking: Taking, run: Run, options: TakeOptions): Promise<TakenRun> {
  const { shop, registry, owner } = taking;
  const { store, leases } = shop;
  const workflow = registry.get(run.workflow);
  const admission = await admit({ store, run, workflow }, options.migrate === true ? options : undefined);
  const answer = admission.migrates
    ? noAnswer(run, options)
    : answerTo(run, options, options.answer === undefined ? [] : await store.events.read(run.id, 0));
  await checkStanding(store, run, shop.clock);
  const model = pinnedModel(run.pins.model, taking.model);
  checkWish(run, options, model);
  const chosen = await replacePins(run.pins, { workflow, current: taking.prompts, store }, options);
  const prompts = await loadPins(withTexts(store.blobs, chosen.blobs), chosen.pins.prompts);
  const claim = await store.runs.claim({
    run: run.id,
    owner,
    leaseMs: leases.times.leaseMs,
    from: options.from,
    // What was decided above was decided about the run as it was read.
    epoch: run.epoch,
    ...(workflow.timeoutMs === undefined ? {} : { timeoutMs: workflow.timeoutMs }),
  });
  if (!claim.claimed) return refused(claim.run, answer, leases.times.leaseMs);
  const stop = stopSwitch(options.signal);
  const lease = holdLease(leases, claim.fence, stop);
  const letGo = (): void => {
    lease.release();
    stop[Symbol.dispose]();
  };
  try {
    const settled = await putToRest(taking, run, claim);
    if (settled !== undefined) {
      letGo();
      return { settled };
    }
    refuseMoved(run, claim);
    refuseLate(run, claim, answer);
    const admitted = await admission.enter(claim);
    const pinned = await enterOverrides(store, { run: admitted.run, fence: claim.fence, chosen });
    const entered = await enterBudget(store, { run: pinned, fence: claim.fence, wish: options });
    const execution = await execute(shop, {
      ...admitted,
      run: entered,
      fence: claim.fence,
      workflow,
      services: {
        model,
        prompts,
        memory: taking.memory({ ...run, epoch: claim.fence.epoch }),
        connections: taking.connections,
      },
      answer,
      nodeTimeoutMs: workflow.nodeTimeoutMs ?? taking.nodeTimeoutMs,
      lease,
      stop,
      drain: options.drain,
      live: options.live,
    });
    follow(taking.active, run.id, { stop, execution });
    return { execution };
  } catch (error) {
    letGo();
    await giveBack({ store, workflow }, { before: run, fence: claim.fence, error });
    throw error;
  }
}

/** A run that is to be cancelled, or that ends every process it is given to, is not worked. */
async function putToRest(
  { shop, registry }: Taking,
  before: Run,
  { run, fence, takeover }: Claimed,
): Promise<Run | undefined> {
  const { store } = shop;
  if (run.cancelRequested) return await putDown({ store, registry }, { before, fence }, {});
  if (takeover && run.crashes >= MOST_CRASHES) return await bury(store, { run, fence }, registry.get(run.workflow));
  return undefined;
}

function follow(active: Map<RunId, ActiveRun>, id: RunId, run: ActiveRun & { readonly stop: Disposable }): void {
  active.set(id, run);
  const forget = (): void => {
    run.stop[Symbol.dispose]();
    if (active.get(id) === run) active.delete(id);
  };
  run.execution.settled.then(forget, forget);
}

function refused(run: Run, answer: Answer | undefined, leaseMs: number): TakenRun {
  if (answer !== undefined) throw alreadyAnswered(run.id, answer.interrupt.id);
  switch (run.status) {
    case "completed":
      return { settled: run };
    case "running":
      throw new BatonError(
        "run-already-active",
        `Run \`${run.id}\` is running in \`${run.owner}\` (epoch ${run.epoch}).`,
        {
          hint: `Wait for it (baton show ${run.id}); if that process is gone, its hold ends by itself within ${leaseMs / 1000} s.`,
        },
      );
    case "cancelled":
      throw new BatonError("run-not-resumable", `Run \`${run.id}\` is \`cancelled\` and cannot be resumed.`, {
        hint: "Start a new run.",
      });
    case "dead":
      throw new BatonError("run-not-resumable", `Run \`${run.id}\` is \`dead\`: ${run.error.message}`, {
        hint: `Try again all the same with: baton resume ${run.id} --force`,
      });
    case "queued":
    case "interrupted":
    case "parked":
    case "failed":
      throw new BatonError("run-already-active", `Run \`${run.id}\` was moved on by another process meanwhile.`, {
        hint: `Look at it with: baton show ${run.id}`,
      });
    default:
      return run satisfies never;
  }
}

/** A run goes on from its own last checkpoint and from no other: what else was written to its thread is none of its doing. */
function refuseMoved(before: Run, { head }: Claimed): void {
  const left = "checkpoint" in before ? before.checkpoint : undefined;
  if (left === undefined || head === undefined || left === head) return;
  throw new BatonError(
    "thread-moved",
    `Thread \`${before.thread}\` no longer stands where run \`${before.id}\` left it: its last checkpoint is \`${head}\`, not \`${left}\`.`,
    {
      hint: `Something else wrote to the thread since. Start a new run on it, or fork this one: baton fork ${before.id} --step <n>`,
    },
  );
}

function refuseLate(before: Run, { run }: Claimed, answer: Answer | undefined): void {
  if (answer === undefined || before.status !== "interrupted" || before.answerWithinMs === undefined) return;
  // Both times are the store's.
  const lateMs = run.updatedAt - before.updatedAt - before.answerWithinMs;
  if (lateMs <= 0) return;
  throw new BatonError(
    "answer-too-late",
    `The answer to run \`${before.id}\` came ${Math.ceil(lateMs / 1000)} s after the time for it was over; it was not used.`,
    { hint: `The run failed by that. Ask again with: baton resume ${before.id}` },
  );
}

/** Nobody answered a run in time. */
export function answerTooLate(run: RunId, waitedMs: number): BatonError {
  return new BatonError("answer-too-late", `Nobody answered run \`${run}\` within ${Math.round(waitedMs / 1000)} s.`, {
    hint: `Ask again with: baton resume ${run}`,
  });
}
