import { digest, type JsonObject } from "../core/json.ts";
import { inputSchemaOf } from "./input.ts";
import type { Workflow } from "./workflow.ts";

/** What a stored run depends on in its workflow: nodes with their rights, edges, and the state's fields with their schemas. */
export function workflowShape(workflow: Workflow): JsonObject {
  const input = inputSchemaOf(workflow);
  return {
    nodes: Object.fromEntries(
      workflow.nodes.map(({ name, rights }) => [
        name,
        rights === undefined ? {} : { reads: [...rights.reads], writes: [...rights.writes] },
      ]),
    ),
    edges: workflow.edges.map(({ from, to, conditional }) => `${from} ${conditional ? "?" : "-"}> ${to}`).toSorted(),
    fields: Object.fromEntries(workflow.fields.map((name) => [name, input.describe(name)])),
  };
}

/** SHA-256 of the workflow's shape; pinned on every run. */
export function fingerprint(workflow: Workflow): string {
  return digest(workflowShape(workflow));
}
