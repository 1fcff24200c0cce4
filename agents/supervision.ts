import { z } from "zod";

import { toReadableJson } from "../core/readable-json.ts";

/** One agent was asked: what it was told to do, and what came of it ("" until it is done). */
export const Assignment = z.object({ agent: z.string(), instruction: z.string(), result: z.string() });
export type Assignment = z.infer<typeof Assignment>;

/** The fields by which a supervisor and its agents work together: spread them into the state. */
export const supervision = {
  /** What the agent that works next is to do: the agents read it. */
  instruction: z.string().default(""),
  /** Who was asked so far, oldest first. */
  progress: z.array(Assignment).default([]),
};

/** The assignments so far, the last one with what its agent wrote. */
export function withResult(
  seen: object,
  agents: Readonly<Record<string, { readonly result: string }>>,
): readonly Assignment[] {
  const asked = z.array(Assignment).parse(Reflect.get(seen, "progress"));
  const last = asked.at(-1);
  const field = last === undefined ? undefined : agents[last.agent]?.result;
  if (last === undefined || field === undefined) return asked;
  return [...asked.slice(0, -1), { ...last, result: shortened(textOf(Reflect.get(seen, field))) }];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(toReadableJson(value ?? null));
}

/** More of one result than a decision about what is next needs; the field itself keeps all of it. */
const LONGEST_RESULT = 8_000;

function shortened(text: string): string {
  return text.length <= LONGEST_RESULT
    ? text
    : `${text.slice(0, LONGEST_RESULT)}… (${text.length - LONGEST_RESULT} more characters)`;
}
