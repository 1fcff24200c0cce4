import { z } from "zod";

import { digest, type JsonObject, type JsonValue } from "../core/json.ts";

/** What an agent's memory answers in a case: a text and where it is from, such as `file` and `line`. */
const Recalled = z.strictObject({ text: z.string().min(1), meta: z.record(z.string(), z.json()).default({}) });

/** A case as a suite writes it. */
export const CaseSpec = z.strictObject({
  /** Unique in the suite. @default made of the input, so that it stays the same wherever the case stands */
  id: z.string().min(1).max(120).optional(),
  input: z.record(z.string(), z.json()),
  expected: z.json().optional(),
  /** What memory recalls, for a prompt or an agent. @default nothing */
  recalled: z.array(Recalled).optional(),
  /** Cases of one group belong together (a conversation, a document): statistics draw them together. */
  group: z.string().optional(),
  /** A fall of this case is a regression by itself. */
  mustPass: z.boolean().default(false),
  /** Where it comes from, such as a run and the prompts that it was on: for people, it decides nothing. */
  from: z.record(z.string(), z.json()).optional(),
});
export type CaseSpec = z.input<typeof CaseSpec>;

/** What a target is given. */
export interface CaseInput {
  readonly input: JsonObject;
  readonly recalled?: readonly { readonly text: string; readonly meta: JsonObject }[];
}

/** One question with what is known of its answer. */
export interface Case extends CaseInput {
  readonly id: string;
  readonly expected: JsonValue | undefined;
  readonly group: string | undefined;
  readonly mustPass: boolean;
}

export function toCase(spec: z.output<typeof CaseSpec>): Case {
  const { id, input, expected, recalled, group, mustPass } = spec;
  const given = { input, ...(recalled === undefined ? {} : { recalled }) };
  return { id: id ?? digest(given).slice(0, 8), ...given, expected, group, mustPass };
}
