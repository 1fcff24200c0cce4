import { END, interrupt, ReducedValue, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { node, type Workflow, workflow } from "batonjs";
import fc from "fast-check";
import { z } from "zod";

const texts = z.array(z.string()).default([]);

/** A field of each kind: replaced, appended to, deduplicated, sorted, and a list that is replaced as a whole. */
export const State = new StateSchema({
  text: z.string().default(""),
  list: texts,
  log: new ReducedValue(texts, { reducer: (known, added) => known.concat(added) }),
  unique: new ReducedValue(texts, { reducer: (known, added) => [...new Set([...known, ...added])] }),
  sorted: new ReducedValue(texts, { reducer: (known, added) => [...known, ...added].toSorted() }),
  round: new ReducedValue(z.number().default(0), { reducer: (sum, more) => sum + more }),
});

export const FIELDS = ["text", "list", "log", "unique", "sorted"] as const;
export type Field = (typeof FIELDS)[number];
/** Fields to which only one task of a step may write. */
const SINGLE: readonly Field[] = ["text", "list"];

export interface ProgramNode {
  readonly name: string;
  readonly reads: readonly Field[];
  /** What it writes in each round; a plain function declares nothing. */
  readonly writes: Readonly<Partial<Record<Field, readonly string[]>>>;
  readonly plain: boolean;
  readonly trouble: "none" | "fail" | "ask";
}

/** Stages of nodes that run side by side, passed through several times. */
export interface Program {
  readonly stages: readonly (readonly ProgramNode[])[];
  readonly rounds: number;
}

const word = fc.constantFrom("a", "b", "c", "d");
const someNode = fc.record({
  reads: fc.subarray([...FIELDS], { minLength: 0 }),
  writes: fc.dictionary(fc.constantFrom(...FIELDS), fc.array(word, { minLength: 1, maxLength: 3 }), { minKeys: 1 }),
  plain: fc.boolean(),
  trouble: fc.constantFrom("none" as const, "none" as const, "none" as const, "fail" as const, "ask" as const),
});

export const program: fc.Arbitrary<Program> = fc
  .record({
    stages: fc.array(fc.array(someNode, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
    rounds: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ stages, rounds }) => ({
    rounds,
    stages: stages.map((nodes, stage) => {
      const taken = new Set<string>();
      return nodes.map((one, index): ProgramNode => {
        const kept = Object.entries(one.writes).filter(([field]) => {
          const isFree = !SINGLE.includes(field as Field) || !taken.has(field);
          taken.add(field);
          return isFree;
        });
        // Only one node of a stage may stop the run, so that each resume finds one reason.
        const trouble = index === 0 ? one.trouble : "none";
        return { ...one, name: `s${stage}n${index}`, writes: Object.fromEntries(kept), trouble };
      });
    }),
  }));

/** What a node writes in a round: the letter says what, the number of a round makes some of it new. */
export function valueOf(words: readonly string[], round: number): readonly string[] {
  return words.map((one, index) => (index === 0 ? one : `${one}${round}`));
}

/** The program as a graph: each stage begins when the one before is done; the last one goes back to the first. */
export function workflowOf({ stages, rounds }: Program, failing: Set<string>): Workflow {
  const graph = new StateGraph(State) as unknown as LooseGraph;
  const last = stages.length - 1;
  for (const [stage, nodes] of stages.entries()) {
    for (const [index, one] of nodes.entries()) {
      const act = (state: { round: number }) => {
        const key = `${one.name}/${state.round}`;
        if (one.trouble === "fail" && !failing.has(key)) {
          failing.add(key);
          throw new Error("It broke.");
        }
        const said = one.trouble === "ask" ? String(interrupt("Go on?")) : "";
        const update: Record<string, unknown> = Object.fromEntries(
          Object.entries(one.writes).map(([field, words]) => {
            const values = valueOf(words, state.round);
            return [field, field === "text" ? values.join("") + said : values];
          }),
        );
        return stage === last && index === 0 ? { ...update, round: 1 } : update;
      };
      graph.addNode(
        one.name,
        one.plain ? act : node(State, { reads: [...one.reads, "round"], writes: [...FIELDS, "round"] }, act as never),
      );
    }
  }
  const names = stages.map((nodes) => nodes.map(({ name }) => name));
  for (const first of names[0] ?? []) graph.addEdge(START, first);
  for (const [stage, from] of names.slice(0, -1).entries()) {
    for (const to of names[stage + 1] ?? []) graph.addEdge(from, to);
  }
  const [deciding = ""] = names[last] ?? [];
  graph.addConditionalEdges(deciding, ({ round }) => (round < rounds ? (names[0] ?? []) : END), [
    ...(names[0] ?? []),
    END,
  ]);
  return workflow({ id: "random", graph: graph as never, maxSteps: 200 });
}

/** The graph's builder without the names of nodes in its type: these are made up at run time. */
interface LooseGraph {
  addNode(name: string, fn: unknown): void;
  addEdge(from: string | readonly string[], to: string): void;
  addConditionalEdges(
    from: string,
    decide: (state: { round: number }) => string | readonly string[],
    ends: readonly string[],
  ): void;
}
