import type { InnerShape, WorkflowShape } from "../../graph/shape.ts";
import type { Run } from "../run.ts";
import type { Store } from "../store.ts";
import type { History } from "./writing.ts";

/** What the workflow that a run was started on says about its fields. */
export interface PinnedFields {
  /** The fields that have no reducer; undefined when the workflow's shape is not stored. */
  readonly replaced: ReadonlySet<string> | undefined;
  /** How fields go into the workflow inside a node and come out of it; undefined where names stay the same. */
  entryOf(host: Host): InnerShape["entry"];
}

/** The node that holds an inner graph. */
type Host = NonNullable<History["outer"]>;

/** Channels whose last write is their value. */
const REPLACING = new Set(["LastValue", "AnyValue", "EphemeralValue", "UntrackedValue", "LastValueAfterFinish"]);

export async function pinnedFields(store: Pick<Store, "blobs">, run: Run): Promise<PinnedFields> {
  const text = await store.blobs.get(run.pins.fingerprint);
  // Whatever is stored under a fingerprint was written by `shapeFile`.
  const shape = text === undefined ? undefined : (JSON.parse(text) as WorkflowShape);
  const names = Object.entries(shape?.fields ?? {}).flatMap(([name, { channel }]) =>
    REPLACING.has(channel) ? [name] : [],
  );
  return {
    replaced: shape === undefined ? undefined : new Set(names),
    entryOf: (host) => innerShapeAt(shape, pathTo(host))?.entry,
  };
}

function pathTo({ history, writing }: Host): readonly string[] {
  return [...(history.outer === undefined ? [] : pathTo(history.outer)), writing.node ?? ""];
}

function innerShapeAt(
  shape: Pick<WorkflowShape, "nodes"> | undefined,
  [name = "", ...below]: readonly string[],
): InnerShape | undefined {
  const inner = shape?.nodes[name]?.subgraph;
  return below.length === 0 ? inner : innerShapeAt(inner, below);
}
