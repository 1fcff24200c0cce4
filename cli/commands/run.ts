import type { StartOptions } from "../../runs/desk.ts";
import { parseRunId, parseSessionId, parseTenantId, parseThreadId } from "../../core/ids.ts";
import { type BudgetFlags, givenBudget, withBudget } from "../budget-flags.ts";
import { followRun, runHeader } from "../follow-run.ts";
import { readJsonArgument } from "../json-argument.ts";
import { openBaton } from "../open-baton.ts";
import type { Output } from "../output.ts";
import { chosenPrompts, type PromptChoiceFlags, withPromptChoice } from "../prompt-flag.ts";
import { runSignals } from "../run-signals.ts";
import type { Configure } from "../session.ts";

interface RunFlags extends PromptChoiceFlags, BudgetFlags {
  readonly input: string;
  readonly runId?: string;
  readonly thread?: string;
  readonly session?: string;
  readonly tenant?: string;
  readonly by?: string;
  readonly reason?: string;
}

export const configure: Configure = (command, session) => {
  withBudget(withPromptChoice(command))
    .argument("<workflow>", "id of a workflow in your baton.config.ts")
    .option("--input <json>", "fields of the state: JSON, @file.json, or - for standard input", "{}")
    .option("--run-id <id>", "id of the new run; the same id and input again is the same run")
    .option("--thread <id>", "continue this thread")
    .option("--session <id>", "what the session memory keeps across runs")
    .option("--tenant <id>", "whose run it is")
    .option("--by <who>", "who chose the prompts; kept with the run")
    .option("--reason <text>", "why; kept with the run")
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", EXAMPLES)
    .action(async (workflow: string, flags: RunFlags) => {
      session.exitCode = await start(workflow, flags, session.output);
    });
};

const EXAMPLES = `
Examples:
  $ baton run research --input '{"question":"What is a checkpoint?","sources":"docs"}'
  $ baton run research --input @question.json --json > outcome.json
  $ baton run research --input @question.json --budget-usd 2.50 --budget-tokens 200000
  $ baton run brief --input '{"topic":"tea"}' --prompt brief/write=@v1`;

async function start(workflow: string, flags: RunFlags, output: Output): Promise<number> {
  const options = startOptions(flags);
  const input = await readJsonArgument("--input", flags.input);
  await using baton = await openBaton();
  using signals = runSignals(output);
  const handle = await baton.start(workflow, input, { ...options, signal: signals.signal, drain: signals.drain });
  output.note(output.paint.err("dim", runHeader(handle.id, workflow, baton)));
  return await followRun(handle, { baton, output, signal: signals.signal });
}

/** Refuses malformed ids before anything is loaded or opened. */
function startOptions(flags: RunFlags): StartOptions {
  const { runId, thread, session, tenant, by, reason, prompt = [] } = flags;
  return {
    ...givenBudget(flags),
    ...chosenPrompts({ prompt }),
    ...(by === undefined ? {} : { by }),
    ...(reason === undefined ? {} : { reason }),
    ...(runId === undefined ? {} : { runId: parseRunId(runId) }),
    ...(thread === undefined ? {} : { thread: parseThreadId(thread) }),
    ...(session === undefined ? {} : { session: parseSessionId(session) }),
    ...(tenant === undefined ? {} : { tenant: parseTenantId(tenant) }),
  };
}
