import { BatonError } from "../core/errors.ts";
import type { TenantId, ThreadId } from "../core/ids.ts";
import { fieldChanges } from "../graph/field-changes.ts";
import { shapeFile } from "../graph/fingerprint.ts";
import { shapeOf } from "../graph/shape.ts";
import type { Workflow } from "../graph/workflow.ts";
import type { Store } from "./store.ts";
import { pinnedShape } from "./workflow-change.ts";

/**
 * Refuses a new turn on a thread whose state the workflow cannot take over: fields of the same name that hold something else. Throws
 * `workflow-changed`; nothing was accepted.
 */
export async function refuseForeignState(
  store: Store,
  { tenant, thread }: { readonly tenant: TenantId; readonly thread: ThreadId },
  workflow: Workflow,
): Promise<void> {
  const [last] = await store.runs.list({ tenant, thread, limit: 1 });
  if (last === undefined || last.pins.fingerprint === shapeFile(workflow).id) return;
  const before = await pinnedShape(store, last);
  if (before === undefined) return;
  const now = shapeOf(workflow).fields;
  const isShared = (name: string): boolean => name in now && name in before.fields;
  const changes = fieldChanges(before.fields, now).filter(({ blocks, name }) => blocks !== "nothing" && isShared(name));
  if (changes.length === 0) return;
  const list = changes.map(({ text }) => `\n  - ${text}`).join("");
  throw new BatonError(
    "workflow-changed",
    `Thread \`${thread}\` holds the state of workflow \`${last.workflow}\`, which workflow \`${workflow.id}\` cannot go on with:${list}`,
    { hint: "Use another thread, or give the fields names of their own." },
  );
}
