import { BatonError } from "../core/errors.ts";
import { nearName } from "../core/near.ts";
import type { Workflow } from "./workflow.ts";

export interface Registry {
  readonly all: readonly Workflow[];
  /** Throws `unknown-workflow`, listing the ids there are. */
  get(id: string): Workflow;
}

/** Holds the workflows of a configuration by id; throws `duplicate-workflow`. */
export function createRegistry(workflows: readonly Workflow[]): Registry {
  const byId = new Map<string, Workflow>();
  for (const entry of workflows) {
    if (byId.has(entry.id)) {
      throw new BatonError("duplicate-workflow", `Two workflows have the id \`${entry.id}\`.`, {
        hint: "Give each workflow an id of its own.",
      });
    }
    byId.set(entry.id, entry);
  }
  return {
    all: workflows,
    get(id) {
      const found = byId.get(id);
      if (found !== undefined) return found;
      const known = [...byId.keys()];
      throw new BatonError("unknown-workflow", `There is no workflow \`${id}\`.`, { hint: hintOf(id, known) });
    },
  };
}

function hintOf(id: string, known: readonly string[]): string {
  if (known.length === 0) return "Add workflows to your baton.config.ts.";
  const near = nearName(id, known);
  return `${near === undefined ? "" : `Did you mean \`${near}\`? `}Workflows here: ${known.join(", ")}.`;
}
