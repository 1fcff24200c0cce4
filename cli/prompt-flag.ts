import type { Command } from "commander";

import { BatonError } from "../core/errors.ts";
import { parsePromptRef } from "../prompts/ref.ts";
import { collect } from "./repeated-flag.ts";

export interface PromptChoiceFlags {
  readonly prompt?: readonly string[];
}

/** Adds `--prompt <name>=@<ref>`, by which a run uses another version of a prompt. */
export function withPromptChoice(command: Command): Command {
  return command.option(
    "--prompt <name=@ref>",
    "use this prompt as a tag, branch or commit has it; the name alone takes it as it is now; may be repeated",
    collect,
  );
}

/** The prompt refs that were asked for. Throws `bad-usage` and what `parsePromptRef` throws, before anything is opened. */
export function chosenPrompts({ prompt = [] }: PromptChoiceFlags): { readonly prompts?: readonly string[] } {
  if (prompt.length === 0) return {};
  return { prompts: prompt.map(refOf) };
}

function refOf(given: string): string {
  const [name = "", version, ...more] = given.split("=");
  if (more.length > 0 || version?.startsWith("@") === false) {
    throw new BatonError("bad-usage", `\`--prompt\`: \`${given.slice(0, 120)}\` is not written as \`<name>=@<ref>\`.`, {
      hint: "Write for example --prompt brief/write=@v1, or --prompt brief/write for the prompt as it is now.",
    });
  }
  const ref = `${name}${version ?? ""}`;
  parsePromptRef(ref);
  return ref;
}
