import type { CommanderError } from "commander";

import { BatonError } from "../core/errors.ts";
import { COMMANDS } from "./command-list.ts";

/** What the argument parser complained about, as a `bad-usage` error in Baton's words; the parser's suggestion becomes the hint. */
export function usageError(error: CommanderError, argv: readonly string[]): BatonError {
  const named = COMMANDS.find(({ name }) => name === argv.find((word) => !word.startsWith("-")));
  if (error.code === "commander.help") {
    const hint =
      named === undefined
        ? `Commands: ${COMMANDS.map(({ name }) => name).join(", ")}. Help: baton --help`
        : `Help: baton ${named.name} --help`;
    return new BatonError("bad-usage", "No command was given.", { hint });
  }
  const [complaint = "", ...suggestions] = error.message.replace(/^error: /u, "").split("\n");
  const suggestion = suggestions.join(" ").replace(/^\((.*)\)$/u, "$1");
  const help = named === undefined ? "Help: baton --help" : `Help: baton ${named.name} --help`;
  return new BatonError("bad-usage", sentence(quoted(complaint)), {
    hint: suggestion === "" ? help : `${suggestion} ${help}`,
    cause: error,
  });
}

function quoted(text: string): string {
  return text.replace(/'([^']*)'/gu, "`$1`");
}

function sentence(text: string): string {
  const start = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return start.endsWith(".") ? start : `${start}.`;
}
