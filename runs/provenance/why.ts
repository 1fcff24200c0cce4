import { BatonError } from "../../core/errors.ts";
import type { JsonValue } from "../../core/json.ts";
import type { FieldVersion } from "../../core/provenance.ts";
import { toReadableJson } from "../../core/readable-json.ts";
import { findWrite, type Found } from "../../graph/provenance/find-write.ts";
import { parseStatePath, printStatePath, type StatePath, valueInside } from "../../graph/provenance/state-path.ts";
import type { Run } from "../run.ts";
import type { Store } from "../store.ts";
import { threadKey } from "../thread-key.ts";
import { NOTHING_USED, type Why } from "./answer-of-why.ts";
import { type FieldValue, fieldValues } from "./field-values.ts";
import { givenAnswers } from "./given-answers.ts";
import { historyOfRun, type RunHistory } from "./history-of-run.ts";
import { type Crossed, inward, outward } from "./border.ts";
import { madeFrom } from "./made-from.ts";
import { type PinnedFields, pinnedFields } from "./pinned-fields.ts";
import { readsOf } from "./reads.ts";
import { usedBy, writerOf } from "./used-by.ts";
import { beginningOf, type History, keyOf, type Writing } from "./writing.ts";

export interface WhyOptions {
  /** How many writes deep the answer goes. @default 8 */
  readonly depth?: number;
}

const DEFAULT_DEPTH = 8;
const DEEPEST = 500;

/**
 * Explains where a value of a run's state comes from, down to the run's input: `facts[3]`, `report.sections[0].title`. Reads only. Throws
 * `unknown-run`, `bad-usage` for a malformed path or depth, and `state-path-unknown` for a place that the state does not have.
 */
export async function whyOf(
  store: Store,
  run: Run,
  { path: text, ...options }: WhyOptions & { readonly path: string },
): Promise<Why> {
  const path = parseStatePath(text);
  const depth = checkedDepth(options.depth ?? DEFAULT_DEPTH);
  const history = await historyOfRun(store, run);
  const state = await stateOf(store, run);
  const fields = new Set([...Object.keys(state), ...history.writings.flatMap((writing) => writing.fields)]);
  const value = valueInside(state[path.field], path.inside);
  if (!fields.has(path.field) || (value === undefined && path.inside.length > 0)) throw unknownPath(run, path, fields);
  const asked: Asked = { history, at: history.writings.length, path, value: state[path.field], depth };
  return await explainer(store, history, await pinnedFields(store, run))(asked);
}

function checkedDepth(depth: number): number {
  if (Number.isSafeInteger(depth) && depth >= 0 && depth <= DEEPEST) return depth;
  throw new BatonError("bad-usage", `Expected a depth from 0 to ${DEEPEST}, got \`${depth}\`.`, {
    hint: "Leave it out for the default.",
  });
}

function unknownPath(run: Run, path: StatePath, fields: ReadonlySet<string>): BatonError {
  return new BatonError(
    "state-path-unknown",
    `The state of run \`${run.id}\` has nothing at \`${printStatePath(path)}\`.`,
    {
      hint:
        fields.size === 0 ? `Look at the run with: baton show ${run.id}` : `Fields it has: ${[...fields].join(", ")}.`,
    },
  );
}

/** The state that a run left when its owner let go of it; of a run under way, that of its last checkpoint. */
async function stateOf(store: Store, run: Run): Promise<Readonly<Record<string, JsonValue>>> {
  if ("state" in run && Object.keys(run.state).length > 0) return run.state;
  const head = await store.provenance.state(threadKey(run));
  const fields = [...(head?.values ?? [])].filter(([name]) => !/^(?:__|branch:|join:)/u.test(name));
  return Object.fromEntries(fields.map(([name, value]) => [name, toReadableJson(value)]));
}

interface Asked {
  readonly history: History;
  /** How many writings had taken effect when the value was looked at. */
  readonly at: number;
  readonly path: StatePath;
  /** The value of the whole field; undefined where it is not known without asking. */
  readonly value: JsonValue | undefined;
  readonly depth: number;
  readonly version?: FieldVersion | null;
}

type Explain = (asked: Asked) => Promise<Why>;

function explainer(store: Store, whole: RunHistory, pinned: PinnedFields): Explain {
  const { replaced } = pinned;
  const values = fieldValues(store);
  const explained = new Set<string>();

  async function explain(asked: Asked): Promise<Why> {
    const { history, at, path } = asked;
    const wrote = history.writings.slice(0, at).filter(({ fields }) => fields.includes(path.field));
    const last = wrote.at(-1);
    if (last === undefined)
      return history.outer === undefined
        ? neverWritten(asked)
        : await outside(asked, { host: history.outer, by: undefined, lineage: [] });
    const lineage = await lineageOf(asked, wrote);
    const stored = lineage.length > 0;
    const value = asked.value ?? (lineage.length === 1 ? lineage[0]?.value : undefined);
    const found: Found<Writing> =
      value === undefined && path.inside.length === 0
        ? { kind: "written", by: last }
        : (findWrite(lineage, value, path.inside) ?? { kind: "reduced", by: last });
    const by =
      found.kind === "reduced" && stored
        ? await madeFrom({ values, history: whole }, { ...path, lineage, value, fallback: found.by })
        : found.by;
    if (by.kind === "input" && history.outer !== undefined)
      return await outside({ ...asked, value }, { host: history.outer, by, lineage });
    const inner = found.kind === "written" ? whole.inner(history, by) : undefined;
    const within = inner && inward(pinned, inner, { path, value, lineage });
    if (inner !== undefined && within !== undefined && isWrittenIn(inner, within.path.field)) {
      const below = await explain({ ...asked, ...within, history: inner, at: inner.writings.length });
      return crossed(asked, within, below);
    }
    const shown =
      value === undefined ? lineage.findLast((one) => one.by === by)?.value : valueInside(value, path.inside);
    return await answer({ asked, by, kind: found.kind, value: shown, lineage, stored });
  }

  /** The values that made the field's value, oldest first. */
  async function lineageOf({ history, path, value }: Asked, wrote: readonly Writing[]): Promise<readonly FieldValue[]> {
    const isTop = history.outer === undefined && replaced !== undefined;
    if (isTop && replaced.has(path.field)) return (await values.of(wrote.slice(-1), path.field)).slice(-1);
    if (isTop && value === undefined && path.inside.length === 0) {
      // What a reducer had made of it by then is not asked for: the last write stands for it, and the one before is told of.
      const latest = await values.of(wrote.slice(-2), path.field);
      return latest.slice(
        Math.max(
          0,
          latest.findLastIndex(({ replaces }) => replaces),
        ),
      );
    }
    const all = await values.of(wrote, path.field);
    const since = all.slice(
      Math.max(
        0,
        all.findLastIndex(({ replaces }) => replaces),
      ),
    );
    if (isTop || since.length < 2) return since;
    // Without a shape the values tell: a field that holds what was written last has no reducer.
    const isReplaced = value === undefined || findWrite(since.slice(-1), value, [])?.kind === "written";
    return isReplaced ? since.slice(-1) : since;
  }

  interface Given {
    readonly host: NonNullable<History["outer"]>;
    /** The input by which the inner graph was given the value; undefined when it was given none. */
    readonly by: Writing | undefined;
    readonly lineage: readonly FieldValue[];
  }

  async function outside(asked: Asked, { host, by, lineage }: Given): Promise<Why> {
    const { history, writing } = host;
    const place = outward(pinned, host, { path: asked.path, value: asked.value, lineage, by });
    if (place === undefined) return neverWritten(asked);
    return crossed(asked, place, await explain({ ...asked, ...place, history, at: beginningOf(history, writing) }));
  }

  interface Resolved {
    readonly asked: Asked;
    readonly by: Writing;
    readonly kind: Found<Writing>["kind"];
    readonly value: JsonValue | undefined;
    readonly lineage: readonly FieldValue[];
    /** False when the values are no longer there to compare with. */
    readonly stored: boolean;
  }

  async function answer({ asked, by, kind, value, lineage, stored }: Resolved): Promise<Why> {
    const { path, version } = asked;
    const isExact = kind === "written" && stored;
    return {
      path: printStatePath(path),
      ...(version === undefined || version === null ? {} : { version }),
      value: value ?? null,
      exactness: isExact ? "exact" : "derived",
      writtenBy: writerOf(asked.history, by, { isReduced: kind === "reduced" && stored }),
      ...usedBy(by),
      ...(await givenAnswers(store, whole, { by, host: hostOf(asked.history, by) })),
      ...(await below(asked, by, lineage)),
      ...(stored ? {} : { note: "the values of this run were pruned; who wrote last is still known" }),
    };
  }

  async function below(asked: Asked, by: Writing, lineage: readonly FieldValue[]): Promise<Partial<Why>> {
    const key = keyOf(by);
    const reads = readsOf(asked.history, by);
    const before = asked.path.inside.length === 0 ? earlier(lineage, by) : undefined;
    if (explained.has(key)) return reads.length === 0 ? {} : { repeated: true };
    if (asked.depth === 0) return reads.length === 0 && before === undefined ? {} : { deeper: true };
    explained.add(key);
    const at = beginningOf(asked.history, by);
    const depth = asked.depth - 1;
    const children: Why[] = [];
    for (const { field, version, sender } of reads) {
      // One after the other, so that what stands in the tree twice is told at its first place.
      children.push(
        sender === undefined
          ? await explain({ history: asked.history, at, path: { field, inside: [] }, value: undefined, depth, version })
          : await sentBy({ ...asked, depth }, sender),
      );
    }
    const isSure = by.kind !== "step" || by.provenance?.reads !== undefined;
    const previous =
      before === undefined
        ? await replacedBy({ ...asked, depth }, by)
        : await explain({ ...asked, at: asked.history.writings.indexOf(before) + 1, value: undefined, depth });
    return {
      reads: isSure ? children : children.map((child) => ({ ...child, exactness: "derived" as const })),
      ...(isSure || children.length === 0
        ? {}
        : { note: "a plain function sees the whole state: these are the fields that it may have read" }),
      ...(previous === undefined ? {} : { previous }),
    };
  }

  /** What a person's value took the place of. */
  async function replacedBy(asked: Asked, by: Writing): Promise<Why | undefined> {
    if (by.kind !== "human") return undefined;
    const at = asked.history.writings.indexOf(by);
    const path = { field: asked.path.field, inside: [] };
    return await explain({ history: asked.history, at, path, value: undefined, depth: asked.depth });
  }

  async function sentBy(asked: Asked, sender: Writing): Promise<Why> {
    const about = { asked, by: sender, kind: "written", value: undefined, lineage: [], stored: true } as const;
    return { ...(await answer(about)), path: `packet from ${sender.node ?? "a node"}` };
  }

  return explain;
}

function isWrittenIn({ writings }: History, field: string): boolean {
  return writings.some(({ fields }) => fields.includes(field));
}

/** The task of the workflow's own graph in which a writing happened. */
function hostOf({ outer }: History, by: Writing): Writing {
  return outer === undefined ? by : hostOf(outer.history, outer.writing);
}

/** A value from the other side of a border, under the name by which it was asked for. */
function crossed({ path }: Asked, { note }: Crossed, why: Why): Why {
  const notes = [note, why.note].filter((text) => text !== undefined);
  return { ...why, path: printStatePath(path), ...(notes.length === 0 ? {} : { note: notes.join("; ") }) };
}

function earlier(lineage: readonly FieldValue[], by: Writing): Writing | undefined {
  const first = lineage.findIndex((one) => one.by === by);
  return first > 0 ? lineage[first - 1]?.by : undefined;
}

function neverWritten({ path, value, version }: Asked): Why {
  return {
    path: printStatePath(path),
    ...(version === undefined || version === null ? {} : { version }),
    value: valueInside(value, path.inside) ?? null,
    exactness: "exact",
    writtenBy: null,
    ...NOTHING_USED,
    note: "nothing wrote it: it holds its default",
  };
}
