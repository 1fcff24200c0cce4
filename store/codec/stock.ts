import { DEEPEST } from "./encode.ts";
import { isRecord, setOwn } from "./kind.ts";
import type { StockClasses } from "./package-kinds.ts";

/**
 * Reads what LangGraph's own serializer wrote (`json`). It marks values inside the data, where a user's own data may look the same; so only
 * values without any power come to life: LangChain's message classes and a few containers. Everything else stays the data it is.
 */
export function reviveStock(json: unknown, classes: StockClasses): unknown {
  return revive(json, 0, false);

  function revive(value: unknown, depth: number, isInMessage: boolean): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (depth > DEEPEST) throw new RangeError(`data nested deeper than ${DEEPEST} levels`);
    if (Array.isArray(value)) return value.map((item) => revive(item, depth + 1, isInMessage));
    // LangChain wraps what a user put into a message and looks like one of its own records; inside, it is all the user's.
    if (isInMessage && Object.keys(value).length === 1 && "__lc_escaped__" in value) return value.__lc_escaped__;
    const isMessage = isInMessage || ("lc" in value && value.lc === 1);
    const record: Record<string, unknown> = {};
    for (const [key, member] of Object.entries(value)) setOwn(record, key, revive(member, depth + 1, isMessage));
    if (record["lc"] === 2) return reviveRecord(record, classes);
    return record["lc"] === 1 ? reviveMessage(record) : record;
  }

  function reviveMessage(record: Record<string, unknown>): unknown {
    const { id, kwargs, type } = record;
    if (
      type !== "constructor" ||
      !Array.isArray(id) ||
      id[0] !== "langchain_core" ||
      id[1] !== "messages" ||
      !isRecord(kwargs)
    )
      return record;
    const name: unknown = id.at(-1);
    const made = typeof name === "string" ? classes.messages.get(name) : undefined;
    if (made === undefined) return record;
    try {
      // Stored arguments are data of any shape; the constructors take what they know.
      return new made(
        Object.fromEntries(Object.entries(kwargs).map(([key, value]) => [argumentName(key), value])) as never,
      );
    } catch {
      // Arguments that no message can be made of: somebody's data that only looks like a message.
      return record;
    }
  }
}

function reviveRecord(record: Record<string, unknown>, { DeltaSnapshot }: StockClasses): unknown {
  if (record["type"] === "undefined") return undefined;
  if (record["type"] === "delta_snapshot" && Object.hasOwn(record, "value")) return new DeltaSnapshot(record["value"]);
  if (record["type"] !== "constructor" || !Array.isArray(record["id"]) || record["id"].length !== 1) return record;
  const [first, ...others]: readonly unknown[] = Array.isArray(record["args"]) ? record["args"] : [];
  if (others.length > 0) return record;
  switch (record["id"][0] as unknown) {
    case "Set":
      return Array.isArray(first) ? new Set<unknown>(first) : record;
    case "Map":
      return Array.isArray(first) && first.every(isPair) ? new Map(first) : record;
    case "Error":
      return typeof first === "string" ? new Error(first) : record;
    case "Uint8Array":
      return Array.isArray(first) && first.every(isByte) ? Uint8Array.from(first) : record;
    default:
      // A regular expression too: one that somebody else wrote can hang the process that uses it.
      return record;
  }
}

function isPair(entry: unknown): entry is [unknown, unknown] {
  return Array.isArray(entry) && entry.length === 2;
}

function isByte(item: unknown): item is number {
  return typeof item === "number" && Number.isInteger(item) && item >= 0 && item <= 255;
}

/** LangChain writes the arguments of a constructor in snake case but for a few names that are snake case themselves. */
const SNAKE_NAMES = new Set([
  "additional_kwargs",
  "response_metadata",
  "tool_calls",
  "invalid_tool_calls",
  "tool_call_chunks",
  "usage_metadata",
  "tool_call_id",
]);

function argumentName(key: string): string {
  if (SNAKE_NAMES.has(key)) return key;
  return key.replaceAll(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
