import { binaryKinds } from "./binary-kinds.ts";
import { errorKinds } from "./error-kinds.ts";
import { assertBare, kindOf, type FoundKind } from "./kind.ts";
import { Refusal } from "./refusal.ts";

/** Every class of the language that a state may hold. */
export const builtinKinds: readonly FoundKind[] = [
  kindOf<Date>({
    name: "Date",
    prototype: Date.prototype,
    payload(value) {
      assertBare(value);
      const time = value.getTime();
      return Number.isNaN(time) ? null : time;
    },
    revive: (payload) => new Date(payload === null ? Number.NaN : numberFrom(payload)),
  }),
  kindOf<Map<unknown, unknown>>({
    name: "Map",
    prototype: Map.prototype,
    payload(value) {
      assertBare(value);
      return [...value];
    },
    revive: (payload) => new Map(arrayFrom(payload).map(pairFrom)),
  }),
  kindOf<Set<unknown>>({
    name: "Set",
    prototype: Set.prototype,
    payload(value) {
      assertBare(value);
      return [...value];
    },
    revive: (payload) => new Set(arrayFrom(payload)),
  }),
  kindOf<RegExp>({
    name: "RegExp",
    prototype: RegExp.prototype,
    payload(value) {
      assertBare(value, ["lastIndex"]);
      return [value.source, value.flags, value.lastIndex];
    },
    revive(payload) {
      const [source, flags, lastIndex] = arrayFrom(payload);
      const pattern = new RegExp(stringFrom(source), stringFrom(flags));
      pattern.lastIndex = numberFrom(lastIndex);
      return pattern;
    },
  }),
  kindOf<URL>({
    name: "URL",
    prototype: URL.prototype,
    payload(value) {
      const { href } = value;
      if (new URL(href).href !== href) throw new Refusal("a URL that its own text does not bring back");
      return href;
    },
    revive: (payload) => new URL(stringFrom(payload)),
  }),
  ...binaryKinds,
  ...errorKinds,
];

function arrayFrom(payload: unknown): readonly unknown[] {
  if (Array.isArray(payload)) return payload;
  throw new TypeError("expected a list");
}

function pairFrom(entry: unknown): readonly [unknown, unknown] {
  if (Array.isArray(entry) && entry.length === 2) return [entry[0], entry[1]];
  throw new TypeError("expected a pair");
}

function numberFrom(payload: unknown): number {
  if (typeof payload === "number") return payload;
  throw new TypeError("expected a number");
}

function stringFrom(payload: unknown): string {
  if (typeof payload === "string") return payload;
  throw new TypeError("expected a text");
}
