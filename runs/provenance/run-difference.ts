import { canonicalJson, type JsonValue } from "../../core/json.ts";
import type { Run } from "../run.ts";
import type { Store } from "../store.ts";
import { fieldValues, type FieldValues } from "./field-values.ts";
import { historyOfRun, type RunHistory } from "./history-of-run.ts";
import type { History, Writing } from "./writing.ts";

/** Why two runs went apart: the first kind that fits, and what each run had. */
export interface DifferenceReason {
  readonly kind: "prompt" | "model" | "input" | "tool" | "memory" | "by hand" | "other nodes" | "answer";
  readonly a: JsonValue;
  readonly b: JsonValue;
}

export interface RunDifference {
  readonly runs: readonly [a: string, b: string];
  /** The first step at which they differ; null when they wrote the same. */
  readonly step: number | null;
  readonly node: string | null;
  /** When they differ inside workflows that are nodes: these nodes, the outermost first. `step` and `node` are of the innermost. */
  readonly within?: readonly { readonly step: number; readonly node: string }[];
  readonly fields: readonly { readonly field: string; readonly a: JsonValue; readonly b: JsonValue }[];
  readonly reasons: readonly DifferenceReason[];
}

/** Finds the first step at which two runs wrote something different, and why: another prompt, model, input, tool result or memory. */
export async function differenceOf(store: Store, a: Run, b: Run): Promise<RunDifference> {
  const runs = [a.id, b.id] as const;
  const [one, other] = [await historyOfRun(store, a), await historyOfRun(store, b)];
  const found = await firstDifference({ values: fieldValues(store), a: one, b: other }, [one, other]);
  return found === undefined ? { runs, step: null, node: null, fields: [], reasons: [] } : { runs, ...found };
}

/** Two runs that are compared. */
interface Compared {
  readonly values: FieldValues;
  readonly a: RunHistory;
  readonly b: RunHistory;
}

type Difference = Omit<RunDifference, "runs">;

async function firstDifference(
  runs: Compared,
  [one, other]: readonly [History, History],
): Promise<Difference | undefined> {
  const steps = [...new Set([...one.writings, ...other.writings].map(({ step }) => step))].toSorted((x, y) => x - y);
  for (const step of steps) {
    for (const pair of pairsAt(one.writings, other.writings, step)) {
      const node = pair.a?.node ?? pair.b?.node ?? null;
      const inside = await differenceInside(runs, [one, other], pair);
      if (inside !== undefined) return { ...inside, within: [{ step, node: node ?? "" }, ...(inside.within ?? [])] };
      const found = await compare(runs.values, pair);
      if (found !== undefined) return { step, node, ...found };
    }
  }
  return undefined;
}

/** Where both nodes are workflows of their own, what is written in those comes before what they hand out. */
async function differenceInside(
  runs: Compared,
  [one, other]: readonly [History, History],
  { a, b }: Pair,
): Promise<Difference | undefined> {
  if (a === undefined || b === undefined) return undefined;
  const [innerA, innerB] = [runs.a.inner(one, a), runs.b.inner(other, b)];
  return innerA === undefined || innerB === undefined ? undefined : await firstDifference(runs, [innerA, innerB]);
}

interface Pair {
  readonly a: Writing | undefined;
  readonly b: Writing | undefined;
}

/** Writings of one step that belong together: by kind, node and place among several of that node. */
function pairsAt(one: readonly Writing[], other: readonly Writing[], step: number): readonly Pair[] {
  const a = keyed(one.filter((writing) => writing.step === step));
  const b = keyed(other.filter((writing) => writing.step === step));
  return [...new Set([...a.keys(), ...b.keys()])].map((key) => ({ a: a.get(key), b: b.get(key) }));
}

function keyed(writings: readonly Writing[]): ReadonlyMap<string, Writing> {
  const counts = new Map<string, number>();
  return new Map(
    writings.map((writing) => {
      const name = `${writing.kind} ${writing.node ?? ""}`;
      const count = counts.get(name) ?? 0;
      counts.set(name, count + 1);
      return [`${name} ${count}`, writing];
    }),
  );
}

async function compare(
  values: FieldValues,
  { a, b }: Pair,
): Promise<Pick<RunDifference, "fields" | "reasons"> | undefined> {
  const single = a ?? b;
  if (single === undefined) return undefined;
  if (a === undefined || b === undefined) {
    const kind = single.kind === "human" || single.kind === "migration" ? "by hand" : "other nodes";
    const written = await fieldsOf(values, single);
    const fields = [...written].map(([field, value]) =>
      a === undefined ? { field, a: null, b: value } : { field, a: value, b: null },
    );
    return { fields, reasons: [{ kind, a: nameOf(a), b: nameOf(b) }] };
  }
  const [of, to] = [await fieldsOf(values, a), await fieldsOf(values, b)];
  const fields = [...new Set([...of.keys(), ...to.keys()])]
    .map((field) => ({ field, a: of.get(field) ?? null, b: to.get(field) ?? null }))
    .filter((field) => canonicalJson(field.a) !== canonicalJson(field.b));
  return fields.length === 0 ? undefined : { fields, reasons: reasonsFor(a, b) };
}

async function fieldsOf(values: FieldValues, writing: Writing): Promise<ReadonlyMap<string, JsonValue>> {
  const entries = writing.fields.map(async (field): Promise<readonly [string, JsonValue]> => {
    const written = await values.of([writing], field);
    return [field, written.length === 1 ? (written[0]?.value ?? null) : written.map(({ value }) => value)];
  });
  return new Map(await Promise.all(entries));
}

function nameOf(writing: Writing | undefined): JsonValue {
  if (writing === undefined) return null;
  return writing.node ?? writing.by ?? writing.kind;
}

/** What else was different in the two tasks; when nothing was, the model or the function answered otherwise. */
function reasonsFor(a: Writing, b: Writing): readonly DifferenceReason[] {
  if (a.kind === "input") return [{ kind: "input", a: a.run, b: b.run }];
  if (a.kind === "human") return [{ kind: "by hand", a: nameOf(a), b: nameOf(b) }];
  const reasons = PARTS.flatMap(([kind, part]): readonly DifferenceReason[] => {
    const [one, other] = [part(a), part(b)];
    return canonicalJson(one) === canonicalJson(other) ? [] : [{ kind, a: one, b: other }];
  });
  return reasons.length > 0 ? reasons : [{ kind: "answer", a: nameOf(a), b: nameOf(b) }];
}

const PARTS: readonly (readonly [DifferenceReason["kind"], (writing: Writing) => JsonValue])[] = [
  ["prompt", ({ provenance }) => (provenance?.prompts ?? []).map(({ ref, closure }) => ({ ref, closure }))],
  ["model", ({ provenance }) => (provenance?.models ?? []).map(({ ref, settings }) => ({ ref, settings }))],
  [
    "tool",
    ({ provenance }) =>
      (provenance?.calls ?? []).map(({ name, outcome, arguments: given, result }) => ({
        name,
        outcome,
        given,
        result,
      })),
  ],
  ["memory", ({ provenance }) => (provenance?.recalls ?? []).map((route) => route["recalled"] ?? [])],
];
