import { compilePrompt } from "./compile.ts";
import type { PromptLibrary } from "./library.ts";
import type { PromptVariable } from "./input.ts";
import { memberText } from "./type-text.ts";

/**
 * Writes the declarations by which `agent({ prompt })` knows each prompt's variables: every prompt of the library and Baton's own. Throws the
 * first mistake of a prompt that cannot be used.
 */
export function typeDeclarations(library: PromptLibrary): string {
  const names = [...library.names(), ...library.builtins()].toSorted();
  const prompts = names.map((name) => declarationOf(name, compilePrompt(library.pin(name)).variables));
  return `${HEAD}${prompts.join("")}  }\n}\n`;
}

const HEAD = `// Written by \`baton prompts types\`; \`baton prompts types --check\` says when it is out of date.
import "batonjs";

declare module "batonjs" {
  interface PromptInputs {
`;

function declarationOf(name: string, variables: readonly PromptVariable[]): string {
  if (variables.length === 0) return `    ${JSON.stringify(name)}: object;\n`;
  const members = variables.map(({ name: variable, schema, required }) => {
    const member = { name: variable, schema, required };
    const { description } = schema;
    const comment = typeof description === "string" ? `      /** ${commentText(description)} */\n` : "";
    return `${comment}      ${memberText(member)};\n`;
  });
  return `    ${JSON.stringify(name)}: {\n${members.join("")}    };\n`;
}

/** A description must not end the comment it stands in. */
function commentText(text: string): string {
  return text.replace(/\s+/gu, " ").replaceAll("*/", "*\\/");
}
