import type { Command } from "commander";

import type { Output } from "./output.ts";

/** One call of the command line. */
export interface Session {
  readonly output: Output;
  /** Set by the action that ran. */
  exitCode: number;
}

/** What a command module exports: it adds arguments, flags and the action to a command; `argv` says which of its subcommands are wanted. */
export type Configure = (command: Command, session: Session, argv: readonly string[]) => void | Promise<void>;
