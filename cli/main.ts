import { Command, CommanderError } from "commander";

import { BatonError } from "../core/errors.ts";
import { COMMANDS } from "./command-list.ts";
import { sentence } from "./group.ts";
import { createOutput, flushed } from "./output.ts";
import { INTERRUPTED } from "./interrupt-signal.ts";
import { reportError } from "./report-error.ts";
import type { Session } from "./session.ts";
import { usageError } from "./usage-error.ts";

/** What went wrong while the result was written; it may come after the last command has ended, so it is listened for as long as the process lives. */
let lost: NodeJS.ErrnoException | undefined;

function noteLoss(error: NodeJS.ErrnoException): void {
  // `baton runs | head` closes the pipe early: that is no failure.
  if (error.code !== "EPIPE") lost ??= error;
}

/** What is told beside the result is worth no run: who does not read it any more ends nothing. */
function loseNote(): void {}

/** Runs one command line (`argv` without the program's own name) and returns its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const session: Session = { output: createOutput(argv), exitCode: 0 };
  lost = undefined;
  process.stdout.off("error", noteLoss).on("error", noteLoss);
  process.stderr.off("error", loseNote).on("error", loseNote);
  try {
    const program = await programFor(argv, session);
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    // Help and version end like an error, after their text was written.
    const isDone = error instanceof CommanderError && error.exitCode === 0;
    if (!isDone)
      session.exitCode = reportError(error instanceof CommanderError ? usageError(error, argv) : error, session.output);
  }
  await flushed();
  if (lost !== undefined) session.exitCode = reportError(unwritable(lost), session.output);
  // A node that does not listen to its signal would keep the process alive although its run is put down.
  if (session.exitCode === INTERRUPTED) process.exit(INTERRUPTED);
  return session.exitCode;
}

const EXAMPLES = `
Examples:
  $ baton run research --input '{"question":"What is a checkpoint?","sources":"docs"}'
  $ baton resume run_01K8Z0Q3
  $ baton runs --status failed
  $ baton run --help`;

/** Only commands that the arguments name are loaded; of the others, help needs name and summary. */
async function programFor(argv: readonly string[], session: Session): Promise<Command> {
  const program = new Command("baton")
    .description("Durable multi-agent LLM workflows on LangGraph.js.")
    .version(await versionFor(argv), "--version", "print the version")
    .option("--verbose", "print stacks and causes of errors")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help of a command")
    .addHelpText("after", EXAMPLES)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  for (const { name, summary, load } of COMMANDS) {
    const command = program.command(name).summary(summary).description(sentence(summary));
    if (!argv.includes(name)) continue;
    const { configure } = await load();
    await configure(command, session, argv);
  }
  return program;
}

/** The version lies in a file that only who asks for it has to read. */
async function versionFor(argv: readonly string[]): Promise<string> {
  return argv.includes("--version") ? await (await import("./version.ts")).packageVersion() : "";
}

function unwritable(cause: Error): BatonError {
  return new BatonError("output-unwritable", `The result could not be written to standard output: ${cause.message}.`, {
    hint: "Free space or choose another target; a run keeps its result: baton runs",
    cause,
  });
}
