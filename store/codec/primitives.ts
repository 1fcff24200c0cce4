/** What stands in JSON for a primitive that JSON does not have. */
export interface Primitive {
  readonly name: string;
  readonly json: string | number | null;
}

/** Undefined for the primitives that JSON carries exactly. */
export function primitiveOf(value: unknown): Primitive | undefined {
  switch (typeof value) {
    case "undefined":
      return { name: "undefined", json: null };
    case "bigint":
      return { name: "bigint", json: value.toString() };
    case "number":
      if (Object.is(value, -0)) return { name: "-0", json: 0 };
      return Number.isFinite(value) ? undefined : { name: String(value), json: null };
    default:
      return undefined;
  }
}

/** The primitive again, in a holder because it may be `undefined`; no holder when the name is none of a primitive. */
export function revivePrimitive(name: string, json: unknown): { readonly value: unknown } | undefined {
  switch (name) {
    case "undefined":
      return { value: undefined };
    case "bigint":
      if (typeof json !== "string" || !/^-?\d+$/.test(json)) throw new TypeError("expected the digits of a bigint");
      return { value: BigInt(json) };
    case "-0":
      return { value: -0 };
    case "NaN":
    case "Infinity":
    case "-Infinity":
      return { value: Number(name) };
    default:
      return undefined;
  }
}
