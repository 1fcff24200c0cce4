import { z } from "zod";

import { BatonError } from "../../core/errors.ts";
import { canonicalJson, type JsonValue, textOf } from "../../core/json.ts";
import { parsePath, valueAt } from "../../core/path.ts";
import { identityOf, passes, type Score, type Scored, type Scorer, shown, type TracedNode } from "../scorer.ts";

/** What holds after a node ran: a field's value, who wrote it, which memory layer was asked. */
export const State = z.strictObject({
  /** Name of the node; its last execution counts. */
  after: z.string(),
  /** Path in the state, for `equals`, `contains` and `writtenBy`. */
  field: z.string().optional(),
  equals: z.json().optional(),
  contains: z.string().optional(),
  /** The node that wrote the field last, at that moment. */
  writtenBy: z.string().optional(),
  /** A memory layer that the node was routed to. */
  layer: z.enum(["context", "session", "vector"]).optional(),
  /** How often the node runs. */
  times: z.number().int().nonnegative().optional(),
});
export type State = z.infer<typeof State>;

export function state(options: State): Scorer {
  refuseEmpty(options);
  return {
    name: `state after ${options.after}${options.field === undefined ? "" : `: ${options.field}`}`,
    identity: identityOf("state", options),
    score: (scored) => worst(assertions(options, scored)),
  };
}

function assertions(options: State, { trace }: Scored): readonly Score[] {
  const { after, field, equals, contains, writtenBy, layer, times } = options;
  const executions = trace.nodes.filter(({ node }) => node === after);
  const last = executions.at(-1);
  const scores: Score[] = [];
  if (times !== undefined)
    scores.push(passes(executions.length === times, `\`${after}\` ran ${executions.length} times, expected ${times}.`));
  if (last === undefined) return times === 0 ? scores : [...scores, { score: 0, reason: `\`${after}\` did not run.` }];
  const value = field === undefined ? undefined : valueAt(last.state, parsePath(field));
  if (equals !== undefined)
    scores.push(
      passes(same(value, equals), `\`${field}\` is ${shown(value)} after \`${after}\`, expected ${shown(equals)}.`),
    );
  if (contains !== undefined)
    scores.push(
      passes(textOf(value).includes(contains), `\`${field}\` after \`${after}\` does not contain ${shown(contains)}.`),
    );
  if (writtenBy !== undefined && field !== undefined) {
    const writer = writerOf(field, trace.nodes, last);
    scores.push(
      passes(writer === writtenBy, `\`${field}\` was written by ${shown(writer)}, expected \`${writtenBy}\`.`),
    );
  }
  if (layer !== undefined)
    scores.push(
      passes(last.layers.includes(layer), `\`${after}\` asked ${shown([...last.layers])}, expected \`${layer}\`.`),
    );
  return scores;
}

/** The node that last wrote a field up to the end of an execution. */
function writerOf(field: string, nodes: readonly TracedNode[], until: TracedNode): string | undefined {
  const [channel] = parsePath(field);
  const upTo = nodes.slice(0, nodes.lastIndexOf(until) + 1);
  return upTo.findLast(({ writes }) => writes.includes(String(channel)))?.node;
}

function worst(scores: readonly Score[]): Score {
  return scores.find(({ score }) => score < 1) ?? { score: 1 };
}

function same(value: JsonValue | undefined, expected: JsonValue): boolean {
  return value !== undefined && canonicalJson(value) === canonicalJson(expected);
}

function refuseEmpty({ field, equals, contains, writtenBy, layer, times }: State): void {
  const needsField = equals !== undefined || contains !== undefined || writtenBy !== undefined;
  if (needsField ? field !== undefined : layer !== undefined || times !== undefined) return;
  throw new BatonError(
    "suite-invalid",
    needsField
      ? "A `state` scorer says what a field holds, but not which `field`."
      : "A `state` scorer asserts nothing.",
    { hint: "Give it a `field` with `equals`, `contains` or `writtenBy`, or a `layer`, or `times`." },
  );
}
