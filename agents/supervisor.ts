import type { LangGraphRunnableConfig, StateSchemaFields } from "@langchain/langgraph";
import { z } from "zod";

import { BatonError } from "../core/errors.ts";
import type { Agent, AgentResult } from "./agent.ts";
import { agentCall } from "./agent-call.ts";
import { ask, REPAIR_PROMPT } from "./answer.ts";
import { renderPrompt } from "./ask.ts";
import { commandTo } from "./command.ts";
import { guardReads } from "./guard.ts";
import type { NodeRights } from "./rights.ts";
import { type OutputSchema, outputSchema } from "./schema.ts";
import { type FieldName, type StateFields, type StateOf, type UpdateOf, unknownField } from "./state.ts";
import { type Assignment, type supervision, withResult } from "./supervision.ts";
import { taskFrom } from "./task.ts";

/** What the supervisor has to know of an agent. */
export interface Supervised<Field extends string> {
  /** What it is good at and what it needs: the supervisor decides by it. */
  readonly description: string;
  /** The field it writes: what stands there when the agent is done is what the supervisor is told. */
  readonly result: Field;
}

export interface SupervisorSpec<T extends string, N extends string, Q extends string, D extends string> {
  /** The field that holds the task. */
  readonly task: T;
  /** Who may be asked, by the name of the node. Each reads `instruction`, and an edge leads from it back to the supervisor. */
  readonly agents: Readonly<Record<N, Supervised<Q>>>;
  /** The node that follows when the task is done. @default the end of the graph */
  readonly whenDone?: D;
  /** How often an agent is asked before the supervisor ends the work as it is. @default 8; raise it for long tasks */
  readonly maxTurns?: number;
  /** A prompt with the variables and the answer of `baton/supervisor`. @default "baton/supervisor", or your file of that name */
  readonly prompt?: string;
}

type Written<F extends StateSchemaFields> = FieldName<F> & keyof typeof supervision;

const DEFAULT_PROMPT = "baton/supervisor";
const DEFAULT_MAX_TURNS = 8;
const END = "__end__";
const DONE = "done";

/**
 * An agent that lets others work on a task, one after the other: it says which is next and what that has to do, looks at what came of it, and ends
 * the work. It becomes LangGraph's `Command({ goto })`: add it with `{ ends: [...] }`, all agents and where it goes when it is done. The state holds
 * the fields of `supervision`: `new StateSchema({ ...supervision, question: z.string(), … })`.
 *
 * Throws `workflow-invalid` for a limit that is none and an agent named "done", and `state-field-unknown`. The node fails with
 * `model-output-invalid` when the model names an agent that there is not, after two repairs.
 */
export function supervisor<
  F extends StateSchemaFields & typeof supervision,
  const T extends FieldName<F>,
  const N extends string,
  const Q extends FieldName<F>,
  const D extends string = typeof END,
>(state: StateFields<F>, spec: SupervisorSpec<T, N, Q, D>): Agent<F, T | Q | Written<F>, Written<F>, N | D> {
  type Result = AgentResult<UpdateOf<F, Written<F>>, N | D>;
  const agents: Readonly<Record<string, Supervised<string>>> = spec.agents;
  const maxTurns = checkTurns(spec.maxTurns ?? DEFAULT_MAX_TURNS);
  const whenDone = spec.whenDone ?? END;
  const promptName = spec.prompt ?? DEFAULT_PROMPT;
  const reads = [...new Set([spec.task, ...Object.values(agents).map(({ result }) => result), "progress"])];
  const stray = [...reads, "instruction"].find((name) => !(name in state.fields));
  if (stray !== undefined) throw unknownField(state, stray);
  const decision = decisionSchema(Object.keys(agents));
  const team = Object.entries(agents).map(([name, { description }]) => ({ name, description }));

  async function runSupervisor(
    current: Pick<StateOf<F>, T | Q | Written<F>>,
    config: LangGraphRunnableConfig,
  ): Promise<Result> {
    const { node } = taskFrom(config);
    const seen = guardReads(current, { node, reads, declared: Object.keys(state.fields) });
    const asked = withResult(seen, agents);
    const turnsLeft = maxTurns - asked.length;
    const call = agentCall(config, {
      task: textOf(Reflect.get(seen, spec.task)),
      agents: team,
      progress: asked,
      turnsLeft,
    });
    const { next, instruction, reason } =
      turnsLeft > 0 ? await decide(call) : { ...STOPPED, reason: exhausted(maxTurns) };
    const isDone = next === DONE;
    const to = isDone ? whenDone : next;
    if (!isDone || turnsLeft <= 0) call.services.emit({ type: "handed_off", ...call.task, to, reason });
    const progress: readonly Assignment[] = isDone ? asked : [...asked, { agent: next, instruction, result: "" }];
    // The command updates the fields of `supervision` and goes to an agent or to `whenDone`; only the names are lost to the compiler.
    return (await commandTo(to, { instruction: isDone ? "" : instruction, progress })) as Result;
  }

  async function decide(call: ReturnType<typeof agentCall>): Promise<Decision> {
    const { closure, messages, settings } = renderPrompt(call, promptName, { ...call.variables, recalled: "" });
    const output = { name: "decision", schema: decision.schema, strict: decision.strict };
    const request = { messages, output, input: call.variables, passages: [], settings };
    const reply = await ask(call, { closure, request, output: decision, acceptCalls: refuseCalls });
    // No tools are offered, so what is left of the two kinds is an answer, read by `decision`.
    return (reply.kind === "answer" ? reply.update : STOPPED) as Decision;
  }

  const rights: NodeRights = {
    kind: "agent",
    reads,
    writes: ["instruction", "progress"],
    prompts: [promptName, REPAIR_PROMPT],
    handoffs: Object.keys(agents),
  };
  return Object.assign(runSupervisor, { rights });
}

interface Decision {
  readonly reason: string;
  readonly next: string;
  readonly instruction: string;
}

const STOPPED: Decision = { reason: "", next: DONE, instruction: "" };

function exhausted(maxTurns: number): string {
  return `agents were asked ${maxTurns} times, and no more is allowed`;
}

/** The answer of the prompt, in which only agents of the list can be named. */
function decisionSchema(names: readonly string[]): OutputSchema {
  if (names.includes(DONE))
    throw invalid(
      `A supervisor has an agent named \`${DONE}\`, which is what it says when the task is done.`,
      "Rename the node.",
    );
  if (names.length === 0) throw invalid("A supervisor has no agents.", "Name at least one in `agents`.");
  const fields = { reason: z.string(), next: z.enum([...names, DONE]), instruction: z.string() };
  const schema = outputSchema({ fields }, Object.keys(fields));
  return {
    ...schema,
    async read(text) {
      const answer = await schema.read(text);
      if (!answer.ok || answer.update["next"] === DONE || String(answer.update["instruction"]).trim() !== "")
        return answer;
      return {
        ok: false,
        problem: `The model chose \`${String(answer.update["next"])}\` and gave it no \`instruction\`.`,
      };
    },
  };
}

async function refuseCalls(): Promise<void> {
  throw new BatonError("tool-call-invalid", "The model called a tool where a supervisor has none.", {
    hint: "Use another model, then resume the run.",
  });
}

function checkTurns(maxTurns: number): number {
  if (Number.isSafeInteger(maxTurns) && maxTurns > 0) return maxTurns;
  throw invalid(
    `Expected \`maxTurns\` to be a positive integer, got \`${maxTurns}\`.`,
    "Leave it out for the default.",
  );
}

function invalid(message: string, hint: string): BatonError {
  return new BatonError("workflow-invalid", message, { hint });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}
