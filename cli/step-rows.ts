import type { StepSummary } from "../runs/history.ts";
import { oneLine } from "./plain-text.ts";

/** A task as a table shows it. */
export interface StepRow extends StepSummary {
  /** How many nodes deep: 0 in the workflow's own graph. */
  readonly depth: number;
}

/** The tasks of a run in the order of a table: those of a graph inside a node stand below the task that runs it. */
export function stepRows(steps: readonly StepSummary[], depth = 0): readonly StepRow[] {
  return steps.flatMap((step) => [{ ...step, depth }, ...stepRows(step.inner ?? [], depth + 1)]);
}

const LONGEST_NAME = 40;

/** The name of the node, indented by how deep it is; of a node that is a workflow, also which. */
export function rowName({ node, workflow, depth }: Pick<StepRow, "node" | "workflow" | "depth">): string {
  const kind = workflow === undefined ? "" : ` (workflow ${oneLine(workflow, LONGEST_NAME)})`;
  return `${depth === 0 ? "" : `${"  ".repeat(depth - 1)}└ `}${oneLine(node, LONGEST_NAME)}${kind}`;
}
