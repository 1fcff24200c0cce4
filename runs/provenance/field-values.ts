import { isJsonObject, type JsonValue } from "../../core/json.ts";
import { toReadableJson } from "../../core/readable-json.ts";
import type { Written } from "../../graph/provenance/find-write.ts";
import type { Store } from "../store.ts";
import type { Writing } from "./writing.ts";

/** Reads what was written to fields, each field of a thread at most once. */
export interface FieldValues {
  /** The values of writings, in their order; a writing whose value is no longer stored is left out. */
  of(writings: readonly Writing[], field: string): Promise<readonly FieldValue[]>;
  /** A field as it was at a checkpoint. */
  at(threadKey: string, checkpoint: string, field: string): Promise<JsonValue | undefined>;
}

export interface FieldValue extends Written<Writing> {
  /** True for a value that takes the place of everything before it, whatever the reducer. */
  readonly replaces: boolean;
}

/** So many writings are read one by one; of more, all of the field are read at once. */
const FEW = 4;

export function fieldValues(store: Pick<Store, "provenance">): FieldValues {
  const known = new Map<string, Promise<ReadonlyMap<string, readonly unknown[]>>>();

  function writtenTo({ threadKey, namespace, checkpoint }: Writing, channel: string, isFew: boolean) {
    const place = { threadKey, namespace, channel };
    const all = known.get(JSON.stringify(place));
    if (all !== undefined) return all;
    const some = isFew && checkpoint !== undefined ? [checkpoint] : undefined;
    const key = JSON.stringify(some === undefined ? place : [place, some]);
    const found = known.get(key) ?? load(place, some);
    known.set(key, found);
    return found;
  }

  async function load(
    place: Parameters<Store["provenance"]["written"]>[0],
    checkpoints: readonly string[] | undefined,
  ) {
    const values = await store.provenance.written(place, checkpoints);
    const byTask = Map.groupBy(values, ({ checkpoint, task }) => `${checkpoint} ${task}`);
    return new Map([...byTask].map(([key, list]) => [key, list.map(({ value }) => value)]));
  }

  async function at(threadKey: string, checkpoint: string, field: string): Promise<JsonValue | undefined> {
    const state = await store.provenance.state(threadKey, checkpoint);
    return state?.values.has(field) === true ? toReadableJson(state.values.get(field)) : undefined;
  }

  async function valuesOf(writing: Writing, field: string, isFew: boolean): Promise<readonly FieldValue[]> {
    if (writing.kind === "human") return [{ by: writing, value: writing.set?.[field] ?? null, replaces: true }];
    if (writing.kind === "migration") {
      const value = await at(writing.threadKey, writing.checkpoint ?? "", field);
      return value === undefined ? [] : [{ by: writing, value, replaces: true }];
    }
    const written = await writtenTo(writing, field, isFew);
    const values = written.get(`${writing.checkpoint} ${writing.task}`) ?? [];
    return values.map((value) => ({ by: writing, ...unwrapped(value) }));
  }

  return {
    of: async (writings, field) =>
      (await Promise.all(writings.map(async (one) => await valuesOf(one, field, writings.length <= FEW)))).flat(),
    at,
  };
}

const OVERWRITE = "__overwrite__";

/** LangGraph's `Overwrite` goes past the reducer. */
function unwrapped(value: unknown): { readonly value: JsonValue; readonly replaces: boolean } {
  if (typeof value === "object" && value !== null && "lg_name" in value && value.lg_name === "Overwrite") {
    return { value: toReadableJson("value" in value ? value.value : null), replaces: true };
  }
  const json = toReadableJson(value);
  if (isJsonObject(json) && Object.keys(json).length === 1 && json[OVERWRITE] !== undefined) {
    return { value: json[OVERWRITE], replaces: true };
  }
  return { value: json, replaces: false };
}
