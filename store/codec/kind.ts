import { Refusal } from "./refusal.ts";

/** A class of values that JSON cannot carry, with its exact way there and back. */
export interface Kind {
  readonly name: string;
  /** What stands in JSON for the value; it may hold further values that need a kind. Throws `Refusal`. */
  payload(value: object): unknown;
  /** The value again. Throws on a payload that `payload` never makes. */
  revive(payload: unknown): unknown;
}

/** Kinds by the prototype of the values that they write; exactly that prototype, so that a subclass is never narrowed to its parent. */
export interface Kinds {
  /** False while classes of packages are not loaded: a value of an unknown class may still be one of theirs. */
  readonly isComplete: boolean;
  readonly byPrototype: ReadonlyMap<object, Kind>;
  readonly byName: ReadonlyMap<string, Kind>;
  /** The kind of a value whose class comes from another copy of the same package. */
  foreign(value: object): Kind | undefined;
}

export interface KindOfClass<T extends object> {
  readonly name: string;
  readonly prototype: T;
  payload(value: T): unknown;
  revive(payload: unknown): T;
}

/** A kind with the prototype it is found by. */
export type FoundKind = readonly [prototype: object, kind: Kind];

export function kindOf<T extends object>(spec: KindOfClass<T>): FoundKind {
  // The encoder looks kinds up by prototype, so a value that arrives here is a T.
  const payload = (value: object): unknown => spec.payload(value as T);
  return [spec.prototype, { name: spec.name, payload, revive: spec.revive }];
}

/** Refuses a value that carries properties beside what its class keeps inside. */
export function assertBare(value: object, allowed: readonly string[] = []): void {
  const extra = Reflect.ownKeys(value).find((key) => typeof key === "symbol" || !allowed.includes(key));
  if (extra !== undefined)
    throw new Refusal(`an own property \`${String(extra)}\` on an instance of ${className(value)}`);
}

export function className(value: object): string {
  const made: unknown = value.constructor;
  return typeof made === "function" && made.name !== "" ? made.name : "an unknown class";
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Sets a property as data, whatever the prototype says about a property of that name. */
export function setOwn(target: object, key: string, value: unknown): void {
  if (Object.hasOwn(target, key) || !(key in target)) Reflect.set(target, key, value);
  else Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}
