import { digest } from "../../core/json.ts";
import type { FieldVersion, StoredProvenance } from "../../core/provenance.ts";
import type { RunPins } from "../../runs/run.ts";
import { isField, pathOf } from "../checkpoints/task-path.ts";

type StoredModel = NonNullable<StoredProvenance["m"]>[number];

/**
 * What a task made its writes from, without what the row of the checkpoint says anyway, or the row of the run: prompts and models that the run
 * pins, versions of fields as the checkpoint has them, names that the writes repeat.
 */
export type FoldedOrigin = Partial<Omit<StoredProvenance, "v" | "p" | "m">> & {
  /** A name alone has the version of the checkpoint, or, in a list, the one that set its node off. */
  readonly v?: readonly (string | readonly [field: string, version?: FieldVersion | null])[];
  /** A text is the beginning of a closure that the run pins. */
  readonly p?: readonly (string | readonly [ref: string, closure: string])[];
  /** 1 is the model that the run pins, a text another name under which it answered. Left out for an agent that used the pinned one. */
  readonly m?: readonly (1 | string | StoredModel)[];
};

/** What stands beside a folded origin. */
export interface OriginPlace {
  readonly thread: string;
  readonly path: string;
  /** What the task wrote to, marks of LangGraph's included. */
  readonly channels: readonly string[];
  /** Of the checkpoint that was made of the writes, as are the following. */
  readonly versions: Readonly<Record<string, FieldVersion>>;
  readonly seen: Readonly<Record<string, Readonly<Record<string, FieldVersion>>>>;
  readonly step: number;
}

/** The texts that a run pins, as provenance names them. */
export interface PinnedTexts {
  readonly prompts: ReadonlyMap<string, readonly [ref: string, closure: string]>;
  readonly model: readonly [ref: string, settings: string];
}

const CLOSURE_DIGITS = 8;
const SETTINGS_DIGITS = 16;

export function pinnedTexts({ prompts, model }: Pick<RunPins, "prompts" | "model">): PinnedTexts {
  return {
    prompts: new Map(prompts.map(({ ref, closure }) => [shortClosure(closure), [ref, closure] as const])),
    model: [model.ref, digest(model.settings).slice(0, SETTINGS_DIGITS)],
  };
}

/** Shortens what `encodeProvenance` made. */
export function foldOrigin(
  { r, s, n, w, v, p, m = [], ...rest }: StoredProvenance,
  place: OriginPlace,
  pinned: PinnedTexts | undefined,
): FoldedOrigin {
  const names = namesOf(place);
  const models = m.map((model) => foldedModel(model, pinned));
  return {
    ...rest,
    ...(s === place.step ? {} : { s }),
    ...(r === place.thread ? {} : { r }),
    ...(n === undefined || n === names.node ? {} : { n }),
    ...(w === undefined || isSame(w, names.fields) ? {} : { w }),
    ...(v === undefined ? {} : { v: Object.entries(v).map((read) => foldedRead(read, place)) }),
    ...(p === undefined ? {} : { p: p.map((prompt) => foldedPrompt(prompt, pinned)) }),
    ...(isSame(models, usualModels(rest.k)) ? {} : { m: models }),
  };
}

/** The text again of what `encodeProvenance` made. `pinsOf` gives the pins of a run. */
export function unfoldOrigin(
  { r, s, n, w, v, p, m, ...rest }: FoldedOrigin,
  place: OriginPlace,
  pinsOf: (run: string) => PinnedTexts | undefined,
): string {
  const run = r ?? place.thread;
  const { node, fields } = namesOf(place);
  const name = n ?? node;
  const writes = w ?? fields;
  const models = m ?? usualModels(rest.k);
  const stored: StoredProvenance = {
    r: run,
    s: s ?? place.step,
    ...rest,
    ...(name === undefined ? {} : { n: name }),
    ...(writes.length === 0 ? {} : { w: writes }),
    ...(v === undefined ? {} : { v: Object.fromEntries(v.map((read) => wholeRead(read, place))) }),
    ...(p === undefined ? {} : { p: p.map((prompt) => wholePrompt(prompt, pinsOf(run))) }),
    ...(models.length === 0 ? {} : { m: models.map((model) => wholeModel(model, pinsOf(run))) }),
  };
  return JSON.stringify(stored);
}

function namesOf({ path, channels }: OriginPlace) {
  return { node: pathOf(path).node, fields: [...new Set(channels.filter((channel) => isField(channel)))] };
}

function usualModels(kind: StoredProvenance["k"]): NonNullable<FoldedOrigin["m"]> {
  return kind === "a" ? [1] : [];
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index]);
}

type Read = readonly [field: string, version: FieldVersion | null];
type Pair = readonly [string, string];

type FoldedRead = string | readonly [field: string, version?: FieldVersion | null];

function foldedRead(read: Read, place: OriginPlace): FoldedRead {
  const [field, version] = read;
  if (version === null) return read;
  if (Object.hasOwn(place.versions, field) && place.versions[field] === version) return field;
  return version === triggerOf(place) ? [field] : read;
}

function wholeRead(read: FoldedRead, place: OriginPlace): Read {
  if (typeof read === "string") return [read, place.versions[read] ?? null];
  const [field, version = triggerOf(place) ?? null] = read;
  return [field, version];
}

/** The version of what set the node off: mostly that of all which the step before wrote. */
function triggerOf({ path, seen }: OriginPlace): FieldVersion | undefined {
  const { node } = pathOf(path);
  return node === undefined || !Object.hasOwn(seen, node) ? undefined : Object.values(seen[node] ?? {})[0];
}

function foldedPrompt([ref, closure]: Pair, pinned: PinnedTexts | undefined): string | Pair {
  const short = shortClosure(closure);
  return isSame(pinned?.prompts.get(short) ?? [], [ref, closure]) ? short : [ref, closure];
}

function wholePrompt(prompt: string | Pair, pinned: PinnedTexts | undefined): Pair {
  return typeof prompt === "string" ? (pinned?.prompts.get(prompt) ?? ["", prompt]) : prompt;
}

function foldedModel(model: StoredModel, pinned: PinnedTexts | undefined): 1 | string | StoredModel {
  const [ref, settings, ...insteadOf] = model;
  if (settings !== pinned?.model[1] || insteadOf.length > 0) return model;
  return ref === pinned.model[0] ? 1 : ref;
}

function wholeModel(model: 1 | string | StoredModel, pinned: PinnedTexts | undefined): StoredModel {
  if (typeof model === "object") return model;
  const [ref = "", settings = ""] = pinned?.model ?? [];
  return [model === 1 ? ref : model, settings];
}

function shortClosure(closure: string): string {
  return closure.slice(0, CLOSURE_DIGITS);
}
