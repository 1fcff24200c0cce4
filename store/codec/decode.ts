import { isRecord, type Kinds } from "./kind.ts";
import { revivePrimitive } from "./primitives.ts";

/** Puts back what `encode` took out. Throws on marks that `encode` never makes; the caller says which value it was. */
export function decode(stored: unknown, kinds: Kinds): unknown {
  const [json, marks] = partsOf(stored);
  const root: unknown[] = [json];
  for (const mark of marks) restore(root, mark, kinds);
  return root[0];
}

/** Are there marks that only the classes of packages can restore? */
export function needsMoreKinds(stored: unknown, kinds: Kinds): boolean {
  return (
    !kinds.isComplete &&
    partsOf(stored)[1].some(([name]) => typeof name === "string" && !isOwnMark(name) && !kinds.byName.has(name))
  );
}

function partsOf(stored: unknown): readonly [json: unknown, marks: readonly (readonly unknown[])[]] {
  if (!Array.isArray(stored) || stored.length !== 2) throw new TypeError("expected data and marks");
  const [json, marks]: readonly unknown[] = stored;
  if (!Array.isArray(marks) || !marks.every((mark) => Array.isArray(mark)))
    throw new TypeError("expected a list of marks");
  return [json, marks];
}

function restore(root: unknown[], mark: readonly unknown[], kinds: Kinds): void {
  const [name] = mark;
  if (typeof name !== "string") throw new TypeError("expected the name of a kind");
  let holder: object = root;
  let key: string | number = 0;
  for (let index = 1; index < mark.length; index += 1) {
    const next: unknown = Reflect.get(holder, key);
    const segment = mark[index];
    if (typeof next !== "object" || next === null || !isSegmentOf(next, segment))
      throw new TypeError("a mark that leads nowhere");
    holder = next;
    key = segment;
  }
  if (name === "hole") {
    if (!Array.isArray(holder) || holder === root) throw new TypeError("a hole outside a list");
    Reflect.deleteProperty(holder, key);
    return;
  }
  // The segment is an own property of plain data, `__proto__` too, so this sets data.
  Reflect.set(holder, key, revive(name, Reflect.get(holder, key), kinds));
}

function isSegmentOf(holder: object, segment: unknown): segment is string | number {
  if (typeof segment === "number") return Array.isArray(holder) && Object.hasOwn(holder, segment);
  return typeof segment === "string" && !Array.isArray(holder) && Object.hasOwn(holder, segment);
}

function revive(name: string, json: unknown, kinds: Kinds): unknown {
  const primitive = revivePrimitive(name, json);
  if (primitive !== undefined) return primitive.value;
  if (name === "null-prototype") {
    if (!isRecord(json)) throw new TypeError("expected an object");
    return Object.setPrototypeOf(json, null);
  }
  const kind = kinds.byName.get(name);
  if (kind === undefined) throw new TypeError(`unknown kind \`${name}\``);
  return kind.revive(json);
}

function isOwnMark(name: string): boolean {
  return (
    name === "hole" ||
    name === "null-prototype" ||
    ["undefined", "bigint", "-0", "NaN", "Infinity", "-Infinity"].includes(name)
  );
}
