import { BatonError } from "../core/errors.ts";

export interface ReadRights {
  readonly node: string;
  readonly reads: readonly string[];
  /** All fields of the state: only access to one of these is refused. */
  readonly declared: readonly string[];
}

/**
 * A view of the state in which only `reads` exist. Reading another declared field throws `state-read-forbidden`; symbols, `then`,
 * `toJSON` and unknown names stay undefined, so that awaiting, printing and spreading the view work.
 *
 * Lists and plain objects are copies, made when they are first looked at: what a node changes in place changes nothing but its own view. Instances
 * of classes are handed on as they are.
 */
export function guardReads<S extends object>(state: S, rights: ReadRights): S {
  const visible = Object.fromEntries(Object.entries(state).filter(([key]) => rights.reads.includes(key)));
  const copied = new Set<string>();
  const copies = new Map<object, unknown>();

  function own(target: Record<string, unknown>, key: string | symbol): void {
    if (typeof key !== "string" || copied.has(key) || !Object.hasOwn(target, key)) return;
    copied.add(key);
    target[key] = copyOf(target[key], copies);
  }

  const view = new Proxy(visible, {
    get(target, key, receiver) {
      if (typeof key === "string" && !rights.reads.includes(key) && rights.declared.includes(key))
        throw forbidden(rights.node, key);
      own(target, key);
      return Reflect.get(target, key, receiver);
    },
    getOwnPropertyDescriptor(target, key) {
      own(target, key);
      return Reflect.getOwnPropertyDescriptor(target, key);
    },
  });
  // The view has the fields of `reads`, which is all that S (a Pick over `reads`) promises.
  return view as S;
}

/** A deep copy of lists, plain objects, maps and sets; whatever stands in them twice stands twice in the copy. */
function copyOf(value: unknown, copies: Map<object, unknown>): unknown {
  if (typeof value !== "object" || value === null) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    copies.set(value, list);
    for (const item of value as readonly unknown[]) list.push(copyOf(item, copies));
    return list;
  }
  if (value instanceof Map) {
    const map = new Map<unknown, unknown>();
    copies.set(value, map);
    for (const [key, item] of value) map.set(copyOf(key, copies), copyOf(item, copies));
    return map;
  }
  if (value instanceof Set) {
    const set = new Set<unknown>();
    copies.set(value, set);
    for (const item of value) set.add(copyOf(item, copies));
    return set;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const record: Record<string, unknown> = Object.create(prototype);
  copies.set(value, record);
  // Not by assignment: a field named `__proto__` is data like any other.
  for (const [key, item] of Object.entries(value)) {
    Object.defineProperty(record, key, {
      value: copyOf(item, copies),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return record;
}

function forbidden(node: string, field: string): BatonError {
  return new BatonError(
    "state-read-forbidden",
    `Node \`${node}\` read the field \`${field}\`, which is not in its \`reads\`.`,
    {
      hint: `Add "${field}" to \`reads\` of the node.`,
    },
  );
}
