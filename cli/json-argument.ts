import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";

import { BatonError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";

/**
 * Reads the JSON given to a flag: the text itself, `@file.json`, or `-` for standard input.
 * Throws `input-invalid` when it cannot be read or is not JSON.
 */
export async function readJsonArgument(flag: string, given: string): Promise<JsonValue> {
  const source = await sourceOf(flag, given);
  try {
    // JSON.parse is typed `any`; whatever it returns is a JsonValue by definition.
    return JSON.parse(source.text) as JsonValue;
  } catch (error) {
    // No cause: the parser's message quotes the text, in which there may be a secret.
    const reason = error instanceof SyntaxError ? error.message.replace(QUOTATION, "") : "it cannot be parsed";
    throw new BatonError("input-invalid", `\`${flag}\`: ${source.name} is not JSON: ${reason}`, {
      hint: `Quote it for your shell, such as ${flag} '{"question":"…"}', or put it into a file: ${flag} @input.json`,
    });
  }
}

/** `, ..."ken": sk-1 }"... is not valid JSON` */
const QUOTATION = /, (?:\.\.\.)?".*is not valid JSON$/su;

interface Source {
  readonly name: string;
  readonly text: string;
}

async function sourceOf(flag: string, given: string): Promise<Source> {
  if (given === "-") return { name: "standard input", text: await text(process.stdin) };
  if (!given.startsWith("@")) return { name: "the text", text: given };
  const file = given.slice(1);
  try {
    return { name: `\`${file}\``, text: (await readFile(file, "utf8")).replace(/^\uFEFF/u, "") };
  } catch (error) {
    const reason =
      error instanceof Error && "code" in error && error.code === "ENOENT" ? "does not exist" : "cannot be read";
    throw new BatonError("input-invalid", `\`${flag}\`: the file \`${file}\` ${reason}.`, {
      hint: "Check the path; it is relative to the current folder.",
      cause: error,
    });
  }
}
