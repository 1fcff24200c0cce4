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

export function fieldValues(store: Pick<Store, "provenance">): FieldValues {
  const known = new Map<string, Promise<ReadonlyMap<string, readonly unknown[]>>>();

  function writtenTo({ threadKey, namespace }: Writing, channel: string) {
    const key = JSON.stringify([threadKey, namespace, channel]);
    const found = known.get(key) ?? load({ threadKey, namespace, channel });
    known.set(key, found);
    return found;
  }

  async function load(place: Parameters<Store["provenance"]["written"]>[0]) {
    const values = await store.provenance.written(place);
    const byTask = Map.groupBy(values, ({ checkpoint, task }) => `${checkpoint} ${task}`);
    return new Map([...byTask].map(([key, list]) => [key, list.map(({ value }) => value)]));
  }

  async function at(threadKey: string, checkpoint: string, field: string): Promise<JsonValue | undefined> {
    const state = await store.provenance.state(threadKey, checkpoint);
    return state?.values.has(field) === true ? toReadableJson(state.values.get(field)) : undefined;
  }

  async function valuesOf(writing: Writing, field: string): Promise<readonly FieldValue[]> {
    if (writing.kind === "human") return [{ by: writing, value: writing.set?.[field] ?? null, replaces: true }];
    if (writing.kind === "migration") {
      const value = await at(writing.threadKey, writing.checkpoint ?? "", field);
      return value === undefined ? [] : [{ by: writing, value, replaces: true }];
    }
    const written = await writtenTo(writing, field);
    const values = written.get(`${writing.checkpoint} ${writing.task}`) ?? [];
    return values.map((value) => ({ by: writing, ...unwrapped(value) }));
  }

  return {
    of: async (writings, field) =>
      (await Promise.all(writings.map(async (writing) => await valuesOf(writing, field)))).flat(),
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
