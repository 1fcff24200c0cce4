import { BatonError } from "../../core/errors.ts";
import { isJsonObject, type JsonValue } from "../../core/json.ts";

/** A place in a state: a field, then keys and indexes inside its value. */
export interface StatePath {
  readonly field: string;
  readonly inside: readonly (string | number)[];
}

const PART = /\.?([A-Za-z_$][\w$-]*)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/uy;

/** Reads `facts[3]`, `report.sections[0].title` and `scores["a.b"]`. Throws `bad-usage` naming the place that is wrong. */
export function parseStatePath(text: string): StatePath {
  const parts: (string | number)[] = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const at = PART.lastIndex;
    const [whole, name, index, quoted] = PART.exec(text) ?? [];
    if (whole === undefined || (at === 0 && whole.startsWith("."))) throw malformed(text, at);
    parts.push(name ?? (index === undefined ? unescaped(quoted ?? "") : Number(index)));
  }
  const [field, ...inside] = parts;
  if (typeof field !== "string") throw malformed(text, 0);
  return { field, inside };
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gu, "$1");
}

function malformed(text: string, at: number): BatonError {
  return new BatonError(
    "bad-usage",
    `Expected a path into the state, got \`${text.slice(0, 80)}\` (wrong from character ${at + 1}).`,
    { hint: 'Write a field, then keys and indexes: draft, facts[3], report.sections[0].title, scores["a.b"].' },
  );
}

/** The path as text again. */
export function printStatePath({ field, inside }: StatePath): string {
  return [field, ...inside].reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    const isPlain = /^[A-Za-z_$][\w$-]*$/u.test(part);
    if (!isPlain) return `${text}["${part.replace(/["\\]/gu, "\\$&")}"]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

/** The value at a place inside another one; undefined when there is none. */
export function valueInside(value: JsonValue | undefined, inside: StatePath["inside"]): JsonValue | undefined {
  return inside.reduce<JsonValue | undefined>((current, part) => {
    if (typeof part === "number") return Array.isArray(current) ? current[part] : undefined;
    return isJsonObject(current) && Object.hasOwn(current, part) ? current[part] : undefined;
  }, value);
}
