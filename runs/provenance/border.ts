import { canonicalJson, type JsonValue } from "../../core/json.ts";
import type { Written } from "../../graph/provenance/find-write.ts";
import type { StatePath } from "../../graph/provenance/state-path.ts";
import type { PinnedFields } from "./pinned-fields.ts";
import type { History, Writing } from "./writing.ts";

/** A value on the other side of the border between a graph and the one inside its node. */
export interface Crossed {
  readonly path: StatePath;
  /** The whole value of the field on this side. */
  readonly value: JsonValue | undefined;
  /** What the reader has to know of the crossing; missing where the field is called the same on both sides. */
  readonly note?: string;
}

interface Asked {
  readonly path: StatePath;
  readonly value: JsonValue | undefined;
  /** The writes that made the field's value, oldest first. */
  readonly lineage: readonly Written<Writing>[];
}

/** Where what a node with a graph inside wrote stands in the state of that graph; undefined when it comes from none of its fields. */
export function inward(pinned: PinnedFields, inner: History, asked: Asked): Crossed | undefined {
  if (inner.outer === undefined) return undefined;
  const entry = pinned.entryOf(inner.outer);
  const field = entry === undefined ? asked.path.field : entry.writes[asked.path.field];
  if (field === undefined) return undefined;
  const note = field === asked.path.field ? {} : { note: `in workflow \`${entry?.workflow}\` it is \`${field}\`` };
  return { ...inWrite(asked, inner.outer.writing, field), ...note };
}

/** Where what an inner graph was given stands in the state outside; undefined when it was given nothing. */
export function outward(
  pinned: PinnedFields,
  host: NonNullable<History["outer"]>,
  { by, ...asked }: Asked & { readonly by: Writing | undefined },
): Crossed | undefined {
  const entry = pinned.entryOf(host);
  const { field: name } = asked.path;
  const field = entry === undefined ? name : Object.hasOwn(entry.reads, name) ? entry.reads[name] : undefined;
  if (field === undefined) return undefined;
  const note = field === name ? {} : { note: `outside workflow \`${entry?.workflow}\` it is \`${field}\`` };
  const place = by === undefined ? { path: { ...asked.path, field }, value: asked.value } : inWrite(asked, by, field);
  return { ...place, ...note };
}

/** The place of a value inside the write that it stands in: a reducer may have put the items of other writes before it. */
function inWrite({ path, value, lineage }: Asked, by: Writing, field: string): Pick<Crossed, "path" | "value"> {
  const [index, ...rest] = path.inside;
  const at = lineage.findIndex((one) => one.by === by);
  const written = lineage[at]?.value;
  if (typeof index !== "number" || !Array.isArray(value) || written === undefined)
    return { path: { ...path, field }, value: written ?? value };
  const wanted = canonicalJson(value[index] ?? null);
  const isWanted = (item: JsonValue): boolean => canonicalJson(item) === wanted;
  const before = value.slice(0, index).filter(isWanted).length;
  const earlier = lineage
    .slice(0, at)
    .flatMap((one) => itemsOf(one.value))
    .filter(isWanted).length;
  if (!Array.isArray(written)) return { path: { field, inside: rest }, value: written };
  const places = written.flatMap((item: JsonValue, place) => (isWanted(item) ? [place] : []));
  const place = places[Math.max(0, before - earlier)] ?? places.at(-1);
  return { path: { field, inside: place === undefined ? [] : [place, ...rest] }, value: written };
}

function itemsOf(value: JsonValue): readonly JsonValue[] {
  return Array.isArray(value) ? value : [value];
}
