import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { BatonConfig } from "../../config.ts";
import { BatonError } from "../../core/errors.ts";
import type { StoredEvent } from "../../core/events.ts";
import type { JsonObject } from "../../core/json.ts";
import { suiteInvalid } from "../../evals/suite-error.ts";
import type { OpenTarget } from "../../evals/target.ts";
import { traceOf } from "../../evals/trace.ts";
import type { Workflow } from "../../graph/workflow.ts";
import type { Model } from "../../models/model.ts";
import type { PromptLibrary } from "../../prompts/library.ts";
import type { Versions } from "../../prompts/versions.ts";
import { pinPrompts } from "../../runs/pins.ts";
import type { RunOutcome } from "../../runs/history.ts";

export interface WorkflowTargetOptions {
  readonly config: BatonConfig;
  readonly folder: string;
  readonly model: Model;
}

/** Whole workflows as targets: each execution is a run in a store of its own, which is removed afterwards, so that repeats share no memory. */
export function workflowTargets(
  options: WorkflowTargetOptions,
): (workflow: Workflow, library: PromptLibrary) => OpenTarget {
  return (workflow, library) => {
    const pins = pinPrompts(workflow, library);
    const closures = Object.fromEntries(pins.map(({ name, closure }) => [name, closure]));
    return {
      identity: {
        workflow: workflow.id,
        prompts: closures,
        model: options.model.ref,
        settings: options.model.settings,
      },
      pins,
      closures,
      // The run checks its input before it begins.
      check() {},
      async run({ input }, signal) {
        const begun = performance.now();
        const ran = await runOnce({ ...options, library }, { workflow, input, signal });
        const trace = traceOf(ran.events, performance.now() - begun, ran.states);
        return ran.error === undefined ? { output: ran.outcome.state, trace } : { error: ran.error, trace };
      },
    };
  };
}

interface OneRun {
  readonly workflow: Workflow;
  readonly input: JsonObject;
  readonly signal: AbortSignal;
}

interface Ran {
  readonly outcome: RunOutcome;
  /** Why it did not end well; undefined when it did. */
  readonly error?: BatonError;
  readonly events: readonly StoredEvent[];
  readonly states: ReadonlyMap<number, JsonObject>;
}

async function runOnce(
  { config, folder, model, library }: WorkflowTargetOptions & { readonly library: PromptLibrary },
  { workflow, input, signal }: OneRun,
): Promise<Ran> {
  const [{ createBaton }, { sqlite }, { statesOfRun }] = await Promise.all([
    import("../../baton.ts"),
    import("../../store/embedded.ts"),
    import("../../runs/states-of-run.ts"),
  ]);
  const place = await mkdtemp(join(tmpdir(), "baton-eval-"));
  try {
    const layers = { store: sqlite({ path: join(place, "baton.db") }), session: sqlite(), vector: sqlite() };
    await using baton = await createBaton(
      { ...config, ...layers, model },
      {
        folder,
        prompts: {
          library,
          origin: { kind: "worktree", paths: [] },
          place: "the suite's version",
          why: "under evaluation",
          versions: () => NO_VERSIONS,
        },
      },
    );
    const handle = await baton.start(workflow.id, input, { signal });
    const outcome = await handle.result();
    signal.throwIfAborted();
    const events = await baton.events(handle.id);
    if (outcome.status !== "completed")
      return { outcome, error: unfinished(workflow.id, outcome), events, states: new Map() };
    const run = await baton.run(handle.id);
    return { outcome, events, states: await statesOfRun(baton.store, run, workflow) };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** An eval compares two whole versions; no prompt of a run is replaced. */
const NO_VERSIONS: Versions = { pin: refuseVersion, at: refuseVersion, [Symbol.dispose]() {} };

async function refuseVersion(): Promise<never> {
  throw new BatonError("internal-error", "An eval run asked for another version of a prompt.");
}

function unfinished(workflow: string, { status, error }: RunOutcome): BatonError {
  // What a model got wrong by itself must count as its answer, here as for an agent.
  if (error?.code !== undefined) return new BatonError(error.code, error.message, { cause: error });
  if (status === "interrupted")
    return suiteInvalid({
      message: `Workflow \`${workflow}\` waits for a person, which an eval has none of.`,
      hint: "Test its agents instead, or give it an input that asks nobody.",
    });
  return new BatonError(
    "node-failed",
    `The run of workflow \`${workflow}\` ended as ${status}${error === undefined ? "" : `: ${error.message}`}`,
  );
}
