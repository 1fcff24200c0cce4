import { readFile, writeFile } from "node:fs/promises";
import { extname } from "node:path";

import { isSeq, parseDocument, stringify } from "yaml";

import type { JsonObject } from "../../core/json.ts";
import { suiteInvalid } from "../suite-error.ts";

export interface CaseFile {
  readonly path: string;
  /** How users know it. */
  readonly shown: string;
  /** Whether it is a suite, with its cases under `cases`; else it holds cases alone. */
  readonly isSuite: boolean;
}

/**
 * Adds cases at the end of a suite or of a file of cases; all else in it stays as it was written. Throws `suite-invalid` for a file that cases
 * cannot be added to.
 */
export async function appendCases({ path, shown, isSuite }: CaseFile, cases: readonly JsonObject[]): Promise<void> {
  const text = await readFile(path, "utf8");
  await writeFile(path, extended(text, { shown, isSuite, ending: extname(path).toLowerCase() }, cases));
}

interface Ending {
  readonly shown: string;
  readonly isSuite: boolean;
  readonly ending: string;
}

function extended(text: string, { shown, isSuite, ending }: Ending, cases: readonly JsonObject[]): string {
  switch (ending) {
    case ".jsonl":
    case ".ndjson":
      return `${text.replace(/\n*$/u, text === "" ? "" : "\n")}${cases.map((one) => `${JSON.stringify(one)}\n`).join("")}`;
    case ".json":
      return `${JSON.stringify([...(JSON.parse(text) as readonly unknown[]), ...cases], undefined, 2)}\n`;
    case ".yaml":
    case ".yml":
      return inYaml(text, { shown, under: isSuite ? ["cases"] : [] }, cases);
    default:
      throw suiteInvalid({
        message: `No case can be added to \`${shown}\`.`,
        hint: "Keep cases in a .jsonl or .yaml file, or in the suite itself.",
      });
  }
}

interface Place {
  readonly shown: string;
  readonly under: readonly string[];
}

function inYaml(text: string, { shown, under }: Place, cases: readonly JsonObject[]): string {
  const document = parseDocument(text);
  const list = under.length === 0 ? document.contents : document.getIn(under, true);
  const end = isSeq(list) ? list.range?.[1] : undefined;
  if (!isSeq(list) || end === undefined)
    throw suiteInvalid({ message: `\`${shown}\` has no list of cases.`, hint: "Begin each case with a dash." });
  if (list.flow === true) {
    const close = text.lastIndexOf("]", end);
    const before = text.slice(0, close).trimEnd();
    const comma = list.items.length === 0 || before.endsWith(",") ? "" : ",";
    return `${before}${comma} ${cases.map((one) => JSON.stringify(one)).join(", ")} ${text.slice(close)}`;
  }
  const indent = " ".repeat(columnOf(text, list.range?.[0] ?? 0));
  const block = stringify(cases, { lineWidth: 120 })
    .trimEnd()
    .split("\n")
    .map((line) => `${indent}${line}`)
    .join("\n");
  const head = text.slice(0, end).trimEnd();
  const rest = text.slice(head.length).replace(/^\n+/u, "");
  return `${head}\n${block}\n${rest}`;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1);
}
