import { canonicalJson, type JsonValue } from "../../core/json.ts";
import type { StatePath } from "../../graph/provenance/state-path.ts";
import type { FieldValue, FieldValues } from "./field-values.ts";
import type { History, Writing } from "./writing.ts";

interface Parts {
  readonly values: FieldValues;
  readonly history: History;
}

interface Reduced {
  readonly field: string;
  readonly lineage: readonly FieldValue[];
  /** The value of the whole field. */
  readonly value: JsonValue | undefined;
  readonly inside: StatePath["inside"];
  readonly fallback: Writing;
}

/**
 * The write from which a reducer made an item that stands in no write: that of the step after which the item is there for the first time. Several
 * tasks of one step are told apart by how many items each handed over.
 */
export async function madeFrom({ values, history }: Parts, reduced: Reduced): Promise<Writing> {
  const { field, lineage, value, inside, fallback } = reduced;
  const [index] = inside;
  if (typeof index !== "number" || !Array.isArray(value)) return fallback;
  const wanted = canonicalJson(value[index] ?? null);
  const nth = value.slice(0, index).filter((item: JsonValue) => canonicalJson(item) === wanted).length;
  const steps = stepsOf(lineage);

  async function listAfter(at: number): Promise<readonly JsonValue[]> {
    const after = steps[at]?.at(-1)?.by;
    const next = after === undefined ? undefined : nextCheckpoint(history, after);
    if (after === undefined || next === undefined) return Array.isArray(value) ? value : [];
    const list = await values.at(next.threadKey, next.checkpoint, field);
    return Array.isArray(list) ? list : [];
  }

  let low = 0;
  let high = steps.length - 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const list = await listAfter(middle);
    const has = list.filter((item) => canonicalJson(item) === wanted).length > nth;
    if (has) high = middle;
    else low = middle + 1;
  }
  const group = steps[low] ?? [];
  if (group.length < 2) return group[0]?.by ?? fallback;
  const before = low === 0 ? [] : await listAfter(low - 1);
  let place = index - before.length;
  for (const { by, value: written } of group) {
    const count = Array.isArray(written) ? written.length : 1;
    if (place >= 0 && place < count) return by;
    place -= count;
  }
  return group.at(-1)?.by ?? fallback;
}

function stepsOf(lineage: readonly FieldValue[]): readonly (readonly FieldValue[])[] {
  const groups = Map.groupBy(lineage, ({ by }) => JSON.stringify([by.run, by.step, by.kind === "human"]));
  return [...groups.values()];
}

/** The checkpoint that a later task began from: its state has everything up to the writing. */
function nextCheckpoint(
  { writings }: History,
  after: Writing,
): { readonly threadKey: string; readonly checkpoint: string } | undefined {
  const at = writings.indexOf(after);
  const next = writings.slice(at + 1).find(({ run, step }) => run !== after.run || step > after.step);
  return next?.checkpoint === undefined ? undefined : { threadKey: next.threadKey, checkpoint: next.checkpoint };
}
