import type { CommanderError } from "commander";

import { BatonError } from "../core/errors.ts";
import { COMMANDS } from "./command-list.ts";

/** What the argument parser complained about, as a `bad-usage` error in Baton's words; the parser's suggestion becomes the hint. */
export function usageError(error: CommanderError, argv: readonly string[]): BatonError {
  const named = commandOf(error, argv);
  const help = `Help: ${["baton", ...named, "--help"].join(" ")}`;
  if (error.code === "commander.help") {
    const all = named.length === 0 ? `Commands: ${COMMANDS.map(({ name }) => name).join(", ")}. ` : "";
    return new BatonError("bad-usage", "No command was given.", { hint: `${all}${help}` });
  }
  const [complaint = "", ...suggestions] = error.message.replace(/^error: /u, "").split("\n");
  const suggestion = suggestions.join(" ").replace(/^\((.*)\)$/u, "$1");
  return new BatonError("bad-usage", sentence(quoted(complaint)), {
    hint: suggestion === "" ? help : `${suggestion} ${help}`,
    cause: error,
  });
}

/** The words of the command that was called: none for an unknown one, two for one of a group. */
function commandOf(error: CommanderError, argv: readonly string[]): readonly string[] {
  const [first, second] = argv.filter((word) => !word.startsWith("-"));
  const found = COMMANDS.find(({ name }) => name === first);
  if (found === undefined) return [];
  const isMember =
    found.isGroup === true && /^[a-z]+$/u.test(second ?? "") && error.code !== "commander.unknownCommand";
  return isMember ? [first, second].filter((word) => word !== undefined) : [found.name];
}

function quoted(text: string): string {
  return text.replace(/'([^']*)'/gu, "`$1`");
}

function sentence(text: string): string {
  const start = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return start.endsWith(".") ? start : `${start}.`;
}
