import { isDeepStrictEqual } from "node:util";

import { isJsonObject, type JsonValue } from "../core/json.ts";
import type { ShapeChange } from "./compatibility.ts";
import type { FieldShape, WorkflowShape } from "./shape.ts";

type Fields = WorkflowShape["fields"];

/** Whether the values that runs have stored still fit the fields of a workflow. */
export function fieldChanges(pinned: Fields, current: Fields): readonly ShapeChange[] {
  const kept = Object.entries(pinned).flatMap(([name, was]): readonly ShapeChange[] => {
    const is = current[name];
    if (is === undefined) return [{ name, text: `field \`${name}\` is gone`, blocks: "resume", field: name }];
    return isDeepStrictEqual(was, is) ? [] : [fieldChange(name, was, is)];
  });
  const added = Object.entries(current).flatMap(([name, is]): readonly ShapeChange[] =>
    name in pinned ? [] : [newField(name, is)],
  );
  return [...kept, ...added];
}

function newField(name: string, { optional }: FieldShape): ShapeChange {
  return optional
    ? { name, text: `field \`${name}\` is new and has a default or may be absent`, blocks: "nothing" }
    : { name, text: `field \`${name}\` is new and has no default`, blocks: "fork", field: name };
}

function fieldChange(name: string, was: FieldShape, is: FieldShape): ShapeChange {
  const [before, now] = [bare(was.stored ?? was.written), bare(is.stored ?? is.written)];
  if (!fits(before, now)) {
    return { name, text: `field \`${name}\` was ${print(before)}, now ${print(now)}`, blocks: "fork", field: name };
  }
  if (was.channel !== is.channel) {
    // What a delta channel stores is only the way to its value; no other channel can read it.
    const blocks = was.channel === "DeltaChannel" ? "fork" : "resume";
    return { name, text: `field \`${name}\` was a ${was.channel}, now a ${is.channel}`, blocks, field: name };
  }
  if (was.optional && !is.optional) {
    return { name, text: `field \`${name}\` has lost its default and may be absent`, blocks: "resume", field: name };
  }
  if (!fits(bare(was.written), bare(is.written))) {
    // Only updates to come are checked by it; those stored are part of the value.
    return { name, text: `field \`${name}\` takes other updates than before`, blocks: "nothing" };
  }
  return {
    name,
    text: `field \`${name}\` changed only in its default, its description or what it accepts more`,
    blocks: "nothing",
  };
}

const REMARKS: readonly string[] = ["description", "title", "examples", "default", "$comment", "deprecated"];

/** A JSON schema without what says nothing about which values fit. Inside `properties` the same words are names of members. */
function bare(schema: JsonValue): JsonValue {
  if (Array.isArray(schema)) return schema.map((item: JsonValue) => bare(item));
  if (!isJsonObject(schema)) return schema;
  const entries = Object.entries(schema).filter(([key]) => !REMARKS.includes(key));
  return Object.fromEntries(
    entries.map(([key, value]) => [key, key === "properties" && isJsonObject(value) ? membersOf(value) : bare(value)]),
  );
}

function membersOf(properties: Readonly<Record<string, JsonValue>>): JsonValue {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, bare(schema)]));
}

/** True when every value of the one schema is a value of the other, as far as that is plain to see: equal, or with more members of an `enum`. */
function fits(was: JsonValue, is: JsonValue): boolean {
  if (isDeepStrictEqual(was, is)) return true;
  if (Array.isArray(was) && Array.isArray(is)) {
    return was.length === is.length && was.every((item: JsonValue, index) => fits(item, is[index] ?? null));
  }
  if (!isJsonObject(was) || !isJsonObject(is)) return false;
  const keys = new Set([...Object.keys(was), ...Object.keys(is)]);
  return [...keys].every((key) => {
    const [before, now] = [was[key], is[key]];
    if (before === undefined || now === undefined) return false;
    return key === "enum" ? includesAll(now, before) : fits(before, now);
  });
}

function includesAll(all: JsonValue, some: JsonValue): boolean {
  return (
    Array.isArray(all) &&
    Array.isArray(some) &&
    some.every((value: JsonValue) => all.some((member: JsonValue) => isDeepStrictEqual(member, value)))
  );
}

const LONGEST = 80;

function print(schema: JsonValue): string {
  if (isJsonObject(schema) && typeof schema["type"] === "string" && Object.keys(schema).length === 1) {
    return `\`${schema["type"]}\``;
  }
  const text = JSON.stringify(schema);
  return `\`${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}\``;
}
