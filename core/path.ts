import { BatonError } from "./errors.ts";
import { isJsonObject, type JsonValue } from "./json.ts";

/** Where a value lies in a state: `report.sections[0].title` is `["report", "sections", 0, "title"]`. */
export type Path = readonly (string | number)[];

const PART = /(?:^|\.)([^.[\]]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/uy;

/** Reads a path: names joined by dots, list items as `[3]`, names with other characters as `["a.b"]`. Throws `bad-usage`. */
export function parsePath(text: string): Path {
  const path: (string | number)[] = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const at = PART.lastIndex;
    const part = PART.exec(text);
    if (part === null) throw pathInvalid(text, at);
    const [, name, index, quoted] = part;
    if (index !== undefined) path.push(Number(index));
    else if (quoted !== undefined) path.push(quoted.replaceAll(/\\(.)/gu, "$1"));
    else if (name !== undefined) path.push(name);
  }
  if (path.length === 0) throw pathInvalid(text, 0);
  return path;
}

/** Prints a path so that `parsePath` reads it back. */
export function printPath(path: Path): string {
  return path.map((part, at) => printPart(part, at === 0)).join("");
}

/** The value at the path; undefined where there is none. */
export function valueAt(value: JsonValue | undefined, path: Path): JsonValue | undefined {
  let found = value;
  for (const part of path) found = memberOf(found, part);
  return found;
}

function memberOf(value: JsonValue | undefined, part: string | number): JsonValue | undefined {
  if (Array.isArray(value)) return typeof part === "number" ? value[part] : undefined;
  return isJsonObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
}

function printPart(part: string | number, first: boolean): string {
  if (typeof part === "number") return `[${part}]`;
  if (part === "" || /[.[\]"\\]/u.test(part)) return `["${part.replaceAll(/["\\]/gu, "\\$&")}"]`;
  return first ? part : `.${part}`;
}

function pathInvalid(text: string, at: number): BatonError {
  return new BatonError("bad-usage", `\`${text}\` is no path: it cannot be read from character ${at + 1} on.`, {
    hint: "Write names joined by dots and list items in brackets: report.sections[0].title",
  });
}
