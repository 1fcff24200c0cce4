import { className, type Kinds } from "./kind.ts";
import type { BlobPlace, PathSegment } from "./place.ts";
import { primitiveOf } from "./primitives.ts";
import { notSerializable, Refusal } from "./refusal.ts";

/** A value that JSON cannot carry: its kind, then the way to what stands for it. Inner ones come before outer ones. */
export type Mark = readonly [kind: string, ...path: PathSegment[]];

export interface Encoded {
  /** The value itself as long as it is plain JSON data; else a copy with stand-ins. */
  readonly json: unknown;
  readonly marks: readonly Mark[];
}

/** Thrown when a value of an unknown class turns up while not all known kinds are at hand. */
export class UnknownClass extends Error {}

/** Deeper values are refused: reading them back must not depend on how much stack is left. */
export const DEEPEST = 2_000;

const MOST_HOLES = 1_000;

/** Takes a value apart. Throws `state-not-serializable` naming the path of the first part that would not come back as it is. */
export function encode(value: unknown, place: BlobPlace | undefined, kinds: Kinds): Encoded {
  const marks: Mark[] = [];
  const path: PathSegment[] = [];
  const holders: object[] = [];
  const depths: number[] = [];
  try {
    return { json: walk(value), marks };
  } catch (error) {
    if (error instanceof UnknownClass) throw error;
    if (error instanceof Refusal) throw notSerializable({ place, path, found: error.found });
    throw notSerializable({ place, path, found: "a value that cannot be taken apart" }, error);
  }

  function walk(item: unknown): unknown {
    if (typeof item === "object" && item !== null) return walkObject(item);
    if (typeof item === "function" || typeof item === "symbol") throw new Refusal(`a ${typeof item}`);
    const primitive = primitiveOf(item);
    if (primitive === undefined) return item;
    mark(primitive.name);
    return primitive.json;
  }

  function walkObject(item: object): unknown {
    if (path.length >= DEEPEST) throw tooDeep();
    const prototype: unknown = Object.getPrototypeOf(item);
    if (Array.isArray(item)) return walkArray(item, prototype);
    if (prototype === Object.prototype || prototype === null || isForeignObject(prototype)) {
      const json = walkFields(item);
      if (prototype === null) mark("null-prototype");
      return json;
    }
    const kind = (typeof prototype === "object" ? kinds.byPrototype.get(prototype) : undefined) ?? kinds.foreign(item);
    if (kind === undefined) throw unknownClass(item);
    hold(item);
    const json = walk(kind.payload(item));
    release();
    mark(kind.name);
    return json;
  }

  function walkFields(item: object): unknown {
    assertNoSymbols(item);
    let copy: Record<string, unknown> | undefined;
    const depth = path.length;
    hold(item);
    for (const key of Object.keys(item)) {
      const member: unknown = Object.getOwnPropertyDescriptor(item, key)?.value;
      if (isPlain(member)) continue;
      path[depth] = key;
      if (member === undefined) assertData(item, key);
      const json = walk(member);
      if (json === member) continue;
      copy ??= { ...item };
      // The spread made every key an own property, `__proto__` too, so this sets data.
      copy[key] = json;
    }
    path.length = depth;
    release();
    return copy ?? item;
  }

  function walkArray(item: readonly unknown[], prototype: unknown): unknown {
    if (prototype !== Array.prototype && !Array.isArray(prototype)) throw unknownClass(item);
    assertNoSymbols(item);
    assertList(item);
    let copy: unknown[] | undefined;
    const depth = path.length;
    hold(item);
    for (let index = 0; index < item.length; index += 1) {
      const member = item[index];
      if (isPlain(member)) continue;
      path[depth] = index;
      const isHole = member === undefined && !Object.hasOwn(item, index);
      if (isHole) mark("hole");
      const json = isHole ? null : walk(member);
      if (json === member) continue;
      copy ??= [...item];
      copy[index] = json;
    }
    path.length = depth;
    release();
    return copy ?? item;
  }

  function unknownClass(item: object): Error {
    return kinds.isComplete ? new Refusal(`an instance of ${className(item)}`) : new UnknownClass();
  }

  function hold(item: object): void {
    holders.push(item);
    depths.push(path.length);
  }

  function release(): void {
    holders.pop();
    depths.pop();
  }

  function mark(kind: string): void {
    marks.push([kind, ...path]);
  }

  function tooDeep(): Refusal {
    const seen = new Set<object>();
    const repeated = holders.findIndex((holder) => seen.size === seen.add(holder).size);
    if (repeated === -1) return new Refusal(`data nested deeper than ${DEEPEST} levels`);
    path.length = depths[repeated] ?? 0;
    return new Refusal("a cycle");
  }
}

/** The prototype of plain objects of another realm, such as a test runner's. */
function isForeignObject(prototype: unknown): boolean {
  return (
    typeof prototype === "object" &&
    prototype !== null &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, "isPrototypeOf")
  );
}

/** The quick way for most of all data. */
function isPlain(item: unknown): boolean {
  return (
    typeof item === "string" ||
    typeof item === "boolean" ||
    item === null ||
    (typeof item === "number" && Number.isFinite(item) && item !== 0)
  );
}

/** A getter would be stored as what it gave once. */
function assertData(item: object, key: string): void {
  const descriptor = Object.getOwnPropertyDescriptor(item, key);
  if (descriptor === undefined || descriptor.get !== undefined || descriptor.set !== undefined)
    throw new Refusal("a computed property");
}

function assertNoSymbols(item: object): void {
  const symbols = Object.getOwnPropertySymbols(item);
  if (symbols.length === 0) return;
  const symbol = symbols.find((key) => Object.prototype.propertyIsEnumerable.call(item, key));
  if (symbol !== undefined) throw new Refusal(`the property \`${String(symbol)}\``);
}

function assertList(item: readonly unknown[]): void {
  const keys = Object.keys(item);
  const last = keys.at(-1);
  if (keys.length === item.length && (last === undefined || last === String(item.length - 1))) return;
  // Indices come first, so a last key that is one tells that all are.
  if (last !== undefined && !(/^\d+$/.test(last) && Number(last) < item.length))
    throw new Refusal(`a list with the property \`${last}\``);
  const holes = item.length - keys.length;
  if (holes > MOST_HOLES + keys.length) throw new Refusal(`a list with ${holes} holes`);
}
