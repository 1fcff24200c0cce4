import type { Workflow } from "../graph/workflow.ts";
import type { Model } from "../models/model.ts";
import type { PromptLibrary } from "../prompts/library.ts";
import type { PromptPin } from "../prompts/pin.ts";
import { pinPrompts, promptNames } from "../runs/pins.ts";
import { agentTarget } from "./agent-target.ts";
import { promptTarget } from "./prompt-target.ts";
import type { Suite } from "./suite.ts";
import { suiteInvalid } from "./suite-error.ts";
import type { OpenTarget } from "./target.ts";

export interface TargetSources {
  /** The prompts of one version. */
  readonly library: PromptLibrary;
  readonly workflows: readonly Workflow[];
  readonly model: Model;
  /** Runs a whole workflow in a store of its own. */
  readonly workflowTarget: (workflow: Workflow, library: PromptLibrary) => OpenTarget;
}

/**
 * Binds a suite to one version of its prompts, and checks that each of its inputs fits. Throws `suite-invalid`, and what is wrong with the
 * prompts.
 */
export function openTarget(suite: Suite, sources: TargetSources): OpenTarget {
  const target = bind(suite, sources);
  for (const given of suite.cases) {
    try {
      target.check(given);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw suiteInvalid({
        message: `Case \`${given.id}\` of suite \`${suite.name}\` does not fit its target: ${error.message}`,
        ...(suite.file === undefined ? {} : { place: { path: suite.file, line: 1 } }),
        hint: "Correct the case's `input`, or the prompt's `input.schema`.",
        cause: error,
      });
    }
  }
  return target;
}

function bind({ name, target }: Suite, { library, workflows, model, workflowTarget }: TargetSources): OpenTarget {
  if (target.kind === "prompt") return promptTarget(library.pin(target.prompt), model);
  const workflow = workflows.find(({ id }) => id === target.workflow);
  if (workflow === undefined) {
    const known = workflows.map(({ id }) => `\`${id}\``).join(", ");
    throw suiteInvalid({
      message: `Suite \`${name}\` names the workflow \`${target.workflow}\`, which does not exist.`,
      hint: `Workflows here: ${known}.`,
    });
  }
  if (target.kind === "workflow") return workflowTarget(workflow, library);
  return agentTarget({ workflow, node: target.node, pins: pinsOfNode(workflow, target.node, library), model });
}

/** Those that the node names; all of the workflow where a plain function may use any. */
function pinsOfNode(workflow: Workflow, name: string, library: PromptLibrary): readonly PromptPin[] {
  const nodes = workflow.nodes.filter((node) => node.name === name);
  const isKnown = nodes.every(({ rights }) => rights !== undefined);
  return isKnown ? promptNames({ nodes }).map((prompt) => library.pin(prompt)) : pinPrompts(workflow, library);
}
