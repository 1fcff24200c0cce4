import { isRecord, kindOf, setOwn, type FoundKind } from "./kind.ts";
import { Refusal } from "./refusal.ts";

const CLASSES = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError];

/** The properties that an engine hides on errors; any other hidden one is listed beside the properties. */
const HIDDEN = ["stack", "message", "cause", "errors"];

/** Errors with everything on them: name, message, stack, cause, code, and whatever else was added. */
export const errorKinds: readonly FoundKind[] = [
  ...CLASSES.map((made) => errorKind(made.name, made.prototype, () => new made())),
  errorKind("AggregateError", AggregateError.prototype, () => new AggregateError([])),
];

function errorKind(name: string, prototype: Error, make: () => Error): FoundKind {
  return kindOf<Error>({ name, prototype, payload, revive: (stored) => revive(make(), stored) });
}

function payload(error: Error): unknown {
  const properties: Record<string, unknown> = {};
  const unusual: string[] = [];
  for (const key of Reflect.ownKeys(error)) {
    if (typeof key === "symbol") throw new Refusal(`an error with the property \`${String(key)}\``);
    const descriptor = Object.getOwnPropertyDescriptor(error, key);
    // V8 keeps the stack behind an accessor.
    if (descriptor?.get !== undefined && key !== "stack") throw new Refusal(`an error whose \`${key}\` is computed`);
    setOwn(properties, key, key === "stack" ? error.stack : descriptor?.value);
    if (descriptor?.enumerable === HIDDEN.includes(key)) unusual.push(key);
  }
  return unusual.length === 0 ? properties : [properties, unusual];
}

function revive(error: Error, stored: unknown): Error {
  const [properties, unusual] = Array.isArray(stored) ? [stored[0] as unknown, stored[1] as unknown] : [stored, []];
  if (!isRecord(properties) || !Array.isArray(unusual)) throw new TypeError("expected the properties of an error");
  for (const key of Object.getOwnPropertyNames(error)) Reflect.deleteProperty(error, key);
  for (const [key, value] of Object.entries(properties)) {
    const enumerable = HIDDEN.includes(key) === unusual.includes(key);
    Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable });
  }
  return error;
}
