import { withoutSecrets } from "../../core/redact.ts";
import { isJsonObject, type JsonValue } from "../../core/json.ts";
import { type Path, parsePath } from "../../core/path.ts";
import { scrubbed } from "../cassettes/scrub.ts";

export interface Redaction {
  readonly value: JsonValue;
  /** Paths of the texts of which something was taken out. */
  readonly changed: readonly string[];
}

/**
 * The value without keys and tokens, and without what stands at the given paths (`input.email`). Names of fields stay. Throws `bad-usage` for what
 * is no path.
 */
export function redacted(value: JsonValue, paths: readonly string[], env: NodeJS.ProcessEnv): Redaction {
  const hidden = paths.map(parsePath);
  const changed: string[] = [];

  function walk(part: JsonValue, path: Path): JsonValue {
    if (hidden.some((place) => same(place, path))) {
      changed.push(path.join("."));
      return "[redacted]";
    }
    if (typeof part === "string") {
      const clean = withoutSecrets(scrubbed(part, env));
      if (clean !== part) changed.push(path.join("."));
      return clean;
    }
    if (Array.isArray(part)) return part.map((item: JsonValue, at) => walk(item, [...path, at]));
    if (!isJsonObject(part)) return part;
    return Object.fromEntries(Object.entries(part).map(([key, member]) => [key, walk(member, [...path, key])]));
  }

  return { value: walk(value, []), changed };
}

function same(left: Path, right: Path): boolean {
  return left.length === right.length && left.every((part, at) => part === right[at]);
}
