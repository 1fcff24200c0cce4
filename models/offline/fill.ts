import type { JsonObject, JsonValue } from "../../core/json.ts";
import { chooseMember } from "./choose.ts";
import { type Evidence } from "./evidence.ts";
import { fillList } from "./fill-list.ts";
import { fillBoolean, fillNumber } from "./fill-number.ts";
import { fillText } from "./fill-text.ts";
import { isGapName } from "./names.ts";
import type { Ranked } from "./ranking.ts";
import { alternativesOf, listOf, objectOf, type Shape, shapeOf } from "./shape.ts";

/** A place in the answer that wants a value. */
export interface Slot {
  readonly shape: Shape;
  /** Name of the property; that of the list for its items. */
  readonly name: string;
  /** The candidate that the object around this slot speaks of. */
  readonly about?: Ranked;
  readonly depth: number;
}

export interface Filled {
  readonly value: JsonValue;
  /** False when the material held nothing for it: a nullable slot then becomes null, an optional property stays away. */
  readonly found: boolean;
}

const DEEPEST = 8;

/** Fills one slot of the answer, whatever its schema, from the evidence. */
export function fill(schema: JsonValue | undefined, slot: Omit<Slot, "shape">, evidence: Evidence): Filled {
  const { options, nullable } = alternativesOf(shapeOf(schema, evidence.root), evidence.root);
  if (options.length === 0 || (nullable && slot.depth > DEEPEST)) return { value: null, found: false };
  let first: Filled | undefined;
  for (const option of options) {
    const filled = fillOne({ ...slot, shape: shapeOf(option, evidence.root) }, evidence);
    if (filled.found) return filled;
    first ??= filled;
  }
  return nullable || first === undefined ? { value: null, found: false } : first;
}

function fillOne(slot: Slot, evidence: Evidence): Filled {
  const { shape } = slot;
  if (shape["const"] !== undefined) return { value: shape["const"], found: true };
  if (Array.isArray(shape["enum"])) return chooseMember(slot, evidence);
  switch (kindOf(shape)) {
    case "object":
      return fillObject(slot, evidence);
    case "array":
      return fillList(slot, evidence, fill);
    case "number":
    case "integer":
      return fillNumber(slot, evidence);
    case "boolean":
      return fillBoolean(slot, evidence);
    default:
      return fillText(slot, evidence);
  }
}

function kindOf(shape: Shape): string {
  if (typeof shape["type"] === "string") return shape["type"];
  if (shape["properties"] !== undefined) return "object";
  return shape["items"] === undefined && shape["prefixItems"] === undefined ? "string" : "array";
}

/** Gaps come first: what is missing decides what an enum beside them says. */
function fillObject({ shape, depth, about }: Slot, evidence: Evidence): Filled {
  const properties = objectOf(shape["properties"]);
  const names = Object.keys(properties);
  const required = listOf(shape["required"]);
  const filled = new Map<string, Filled>();
  for (const name of [...names].toSorted((a, b) => Number(isGapName(b)) - Number(isGapName(a)))) {
    if (depth >= DEEPEST && !required.includes(name)) continue;
    filled.set(
      name,
      fill(properties[name], { name, depth: depth + 1, ...(about === undefined ? {} : { about }) }, evidence),
    );
  }
  const value: JsonObject = Object.fromEntries(
    names.flatMap((name): [string, JsonValue][] => {
      const member = filled.get(name);
      return member === undefined || (!member.found && !required.includes(name)) ? [] : [[name, member.value]];
    }),
  );
  return { value, found: [...filled.values()].some(({ found }) => found) };
}
