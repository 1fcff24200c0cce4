import { assertJson, digest } from "../core/json.ts";
import { shapeOf, type WorkflowShape } from "./shape.ts";
import type { Workflow } from "./workflow.ts";

/** SHA-256 of the workflow's shape; pinned on every run. */
export function fingerprint(workflow: Workflow): string {
  return fingerprintOf(shapeOf(workflow));
}

/** The text under which a shape is stored beside the runs that pin it, and the fingerprint by which it is found. */
export function shapeFile(workflow: Workflow): { readonly id: string; readonly text: string } {
  const shape = shapeOf(workflow);
  return { id: fingerprintOf(shape), text: JSON.stringify(shape) };
}

/** Reads a stored shape; undefined when the text is not the one its fingerprint was taken of. */
export function readShape(id: string, text: string): WorkflowShape | undefined {
  // Only a text that gives the same digest is what `shapeFile` wrote.
  const shape = JSON.parse(text) as WorkflowShape;
  return fingerprintOf(shape) === id ? shape : undefined;
}

function fingerprintOf(shape: WorkflowShape): string {
  return digest(assertJson(shape, "shape"));
}
