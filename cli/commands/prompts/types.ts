import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";

import { BatonError } from "../../../core/errors.ts";
import { typeDeclarations } from "../../../prompts/type-declarations.ts";
import { openPrompts, type PromptFlags, withRoot } from "../../open-prompts.ts";
import type { Output } from "../../output.ts";
import type { Configure } from "../../session.ts";

interface TypesFlags extends PromptFlags {
  readonly out: string;
  readonly check: boolean;
}

export const configure: Configure = (command, session) => {
  withRoot(command)
    .option("--out <file>", "where to write; - for standard output", "prompts.d.ts")
    .option("--check", "write nothing; exit 1 when the file is missing or out of date", false)
    .addHelpText("after", "\nExample:\n  $ baton prompts types && npx tsc")
    .action(async (flags: TypesFlags) => {
      session.exitCode = await types(flags, session.output);
    });
};

async function types(flags: TypesFlags, output: Output): Promise<number> {
  const { library } = await openPrompts(flags);
  const text = typeDeclarations(library);
  if (flags.out === "-") {
    output.exact(text);
    return 0;
  }
  const file = resolve(flags.out);
  const known = await existing(file);
  if (flags.check) {
    if (known === text) return 0;
    output.note(
      `${flags.out} is ${known === undefined ? "missing" : "out of date"}. Write it with: baton prompts types`,
    );
    return 1;
  }
  // A file that stays as it is does not wake up watching compilers.
  if (known === text) output.note(`${flags.out} is up to date`);
  else {
    await write(file, text);
    output.note(`Wrote ${flags.out}`);
  }
  return 0;
}

/** With LF line ends, whatever Git made of them at checkout. */
async function existing(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, "utf8")).replaceAll("\r\n", "\n");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw unwritable(file, error);
  }
}

async function write(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  } catch (error) {
    throw unwritable(file, error);
  }
}

function unwritable(file: string, cause: unknown): BatonError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BatonError("bad-usage", `\`--out\`: \`${file}\` cannot be used: ${reason}`, {
    hint: "Name a file in a folder that is yours.",
    cause,
  });
}
