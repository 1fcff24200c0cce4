import { BatonError } from "../core/errors.ts";
import { assertJson, digest, type JsonObject } from "../core/json.ts";
import type { ModelRequest, ModelResponse, ToolCall } from "../models/model.ts";
import { type AgentCall, askModel, renderPrompt } from "./ask.ts";
import { ModelOutputError } from "./raw-answer.ts";
import type { OutputSchema } from "./schema.ts";
import type { RenderedPrompt } from "./services.ts";

/** The prompt by which an answer that does not fit is mended; a prompt of the same name in an app's folder takes its place. */
export const REPAIR_PROMPT = "baton/output-repair";

const MOST_REPAIRS = 2;

/** What the model is asked, and what its answer must fit. */
export interface Question {
  readonly closure: string;
  readonly request: ModelRequest;
  readonly output: OutputSchema;
  /** Throws for tool calls that must not be made. */
  readonly acceptCalls?: (calls: readonly ToolCall[]) => Promise<void>;
}

/** The model answered, or wants tools to be called first. */
export type Reply =
  | { readonly kind: "answer"; readonly update: Readonly<Record<string, unknown>> }
  | { readonly kind: "calls"; readonly response: ModelResponse; readonly toolCalls: readonly ToolCall[] };

/**
 * Asks the model until its answer fits: one that does not is sent back to be mended, at most twice. Every call is journaled, so that a crash in
 * between pays for none again; an answer that was given up on is asked for anew by the next attempt or resume.
 *
 * Throws `model-output-invalid` with the raw text, and what `askModel` throws.
 */
export async function ask(call: AgentCall, question: Question): Promise<Reply> {
  for (let asking = 0; ; asking += 1) {
    const { closure, request, output, acceptCalls } = question;
    const mends = repairer(call);
    const { response, replayed } = await askModel(call, {
      closure,
      request,
      asking,
      accept: async ({ text, toolCalls }) => {
        if (toolCalls !== undefined) return await acceptCalls?.(toolCalls);
        if (!canMend(mends, text)) await refuse(call, { output, text, repairs: 0 });
      },
    });
    const { text, toolCalls } = response;
    if (toolCalls !== undefined) return { kind: "calls", response, toolCalls };
    const read = await output.read(text);
    if (read.ok) return { kind: "answer", update: read.update };
    const givenUp = {
      kind: "note",
      name: "answer given up",
      request: { question: questionId(question), asking },
    } as const;
    if (replayed && (await call.journal.find(givenUp)) !== undefined) continue;
    if (!replayed) call.services.emit({ type: "answer_rejected", ...call.task, problem: read.problem, repairs: 0 });
    try {
      return { kind: "answer", update: await repair(call, question, { text, problem: read.problem }) };
    } catch (error) {
      if (error instanceof ModelOutputError) await call.journal.call(givenUp, async () => true);
      throw error;
    }
  }
}

/** Two questions of one task differ in their requests. */
function questionId({ closure, request }: Question): string {
  return digest([closure, assertJson(request, "model request")]);
}

interface Broken {
  readonly text: string;
  readonly problem: string;
}

async function repair(
  call: AgentCall,
  { request, output }: Question,
  broken: Broken,
): Promise<Readonly<Record<string, unknown>>> {
  let { text, problem } = broken;
  for (let repairs = 1; ; repairs += 1) {
    const isLast = repairs === MOST_REPAIRS;
    const prompt = renderRepair(call, { answer: text, problems: [problem], schema: output.schema });
    if (prompt === undefined) throw new ModelOutputError(problem, text);
    const { response, replayed } = await askModel(call, {
      closure: prompt.closure,
      request: repairRequest(request, prompt),
      accept: async (mended) => {
        if (isLast) await refuse(call, { output, text: mended.text, repairs });
      },
    });
    const read = await output.read(response.text);
    if (read.ok) return read.update;
    if (!replayed) call.services.emit({ type: "answer_rejected", ...call.task, problem: read.problem, repairs });
    text = response.text;
    problem = read.problem;
  }
}

interface Refusable {
  readonly output: OutputSchema;
  readonly text: string;
  readonly repairs: number;
}

async function refuse({ services, task }: AgentCall, { output, text, repairs }: Refusable): Promise<void> {
  const read = await output.read(text);
  if (read.ok) return;
  services.emit({ type: "answer_rejected", ...task, problem: read.problem, repairs });
  const tries = repairs === 0 ? "" : ` ${repairs} repairs did not help.`;
  throw new ModelOutputError(`${read.problem}${tries}`, text);
}

/** True when a model could mend the text: there is something to mend, and it is a model that mends. */
function canMend(mends: boolean, text: string): boolean {
  return mends && text.trim() !== "";
}

function repairer({ services }: AgentCall): boolean {
  return services.model.mendsAnswers !== false && services.prompts.has(REPAIR_PROMPT);
}

function renderRepair(call: AgentCall, variables: JsonObject): RenderedPrompt | undefined {
  try {
    return renderPrompt(call, REPAIR_PROMPT, variables);
  } catch (error) {
    // An answer so long that its repair cannot be rendered stays what it is.
    if (BatonError.is(error) && error.code === "prompt-variable") return undefined;
    throw error;
  }
}

function repairRequest(request: ModelRequest, { messages, settings }: RenderedPrompt): ModelRequest {
  return { messages, output: request.output, input: {}, passages: [], settings };
}
