import { z } from "zod";

import { digest, type JsonObject, type JsonValue } from "../core/json.ts";

/** A case as a suite writes it. */
export const CaseSpec = z.strictObject({
  /** Unique in the suite. @default made of the input, so that it stays the same wherever the case stands */
  id: z.string().min(1).max(120).optional(),
  input: z.record(z.string(), z.json()),
  expected: z.json().optional(),
  /** Cases of one group belong together (a conversation, a document): statistics draw them together. */
  group: z.string().optional(),
  /** A fall of this case is a regression by itself. */
  mustPass: z.boolean().default(false),
});
export type CaseSpec = z.input<typeof CaseSpec>;

/** One question with what is known of its answer. */
export interface Case {
  readonly id: string;
  readonly input: JsonObject;
  readonly expected: JsonValue | undefined;
  readonly group: string | undefined;
  readonly mustPass: boolean;
}

export function toCase(spec: z.output<typeof CaseSpec>): Case {
  const { id, input, expected, group, mustPass } = spec;
  return { id: id ?? digest(input).slice(0, 8), input, expected, group, mustPass };
}
