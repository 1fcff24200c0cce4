import { Command } from "commander";

import type { Configure } from "../../cli/session.ts";
import { type CapturedOutput, plainOutput } from "./plain-output.ts";

export interface RanCommand {
  readonly exitCode: number;
  readonly stdout: string;
  readonly documents: CapturedOutput["written"]["documents"];
}

/** Runs one command of the command line inside the test, as if it had been called in the folder. Errors are thrown as the command throws them. */
export async function runCommand(
  configure: Configure,
  args: readonly string[],
  { folder }: { readonly folder: string },
): Promise<RanCommand> {
  const output = plainOutput({ json: args.includes("--json") });
  const session = { output, exitCode: 0 };
  const command = new Command("command").exitOverride().configureOutput({ outputError: () => {} });
  const before = process.cwd();
  process.chdir(folder);
  try {
    await configure(command, session, args);
    await command.parseAsync(args, { from: "user" });
  } finally {
    process.chdir(before);
  }
  return { exitCode: session.exitCode, stdout: output.written.stdout.join("\n"), documents: output.written.documents };
}
