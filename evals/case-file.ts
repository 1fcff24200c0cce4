import { readFile } from "node:fs/promises";
import { extname } from "node:path";

import { CsvError, parse as parseCsv } from "csv-parse/sync";

import type { JsonValue } from "../core/json.ts";
import { parseYaml } from "../prompts/yaml-text.ts";
import { SUITE_YAML } from "./suite-yaml.ts";
import { suiteInvalid } from "./suite-error.ts";

/** A row of a file of cases, with its line. */
export interface CaseRow {
  readonly value: unknown;
  readonly line: number;
}

/**
 * Reads cases from a file beside the suite: JSON Lines, CSV (columns `id`, `group`, `expected`, `mustPass`, and `input.<variable>`), or a YAML
 * or JSON list. Throws `suite-invalid` with file and line.
 */
export async function readCaseFile(path: string, shown: string): Promise<readonly CaseRow[]> {
  const text = await readText(path, shown);
  switch (extname(path).toLowerCase()) {
    case ".jsonl":
    case ".ndjson":
      return jsonLines(text, shown);
    case ".csv":
      return csvRows(text, shown);
    case ".yaml":
    case ".yml":
    case ".json":
      return yamlRows(text, shown);
    default:
      throw suiteInvalid({
        message: `\`${shown}\` is no file of cases.`,
        hint: "Use a file that ends in .jsonl, .csv, .yaml or .json.",
      });
  }
}

async function readText(path: string, shown: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw suiteInvalid({
      message: `The file of cases \`${shown}\` cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      hint: "Paths are relative to the suite's folder.",
      cause: error,
    });
  }
}

function jsonLines(text: string, shown: string): readonly CaseRow[] {
  return text.split(/\r?\n/u).flatMap((row, at) => {
    if (row.trim() === "") return [];
    const line = at + 1;
    try {
      return [{ value: JSON.parse(row) as JsonValue, line }];
    } catch (error) {
      throw suiteInvalid({
        message: "The line is not JSON.",
        place: { path: shown, line },
        hint: "Write one JSON object on each line.",
        cause: error,
      });
    }
  });
}

function csvRows(text: string, shown: string): readonly CaseRow[] {
  try {
    const rows: { record: Record<string, string>; info: { lines: number } }[] = parseCsv(text, {
      columns: true,
      bom: true,
      info: true,
      skip_empty_lines: true,
    });
    return rows.map(({ record, info }) => ({ value: caseOfRow(record), line: info.lines }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = "lines" in error && typeof error.lines === "number" ? error.lines : 1;
    throw suiteInvalid({
      message: `The CSV cannot be read (${error.code}).`,
      place: { path: shown, line },
      hint: "Quote values that hold commas, quotes or line breaks.",
      cause: error,
    });
  }
}

/** `input.topic` is the variable `topic`; an empty cell is no value. */
function caseOfRow(record: Record<string, string>): object {
  const input: Record<string, string> = {};
  const row: Record<string, string | boolean | object> = { input };
  for (const [column, cell] of Object.entries(record)) {
    if (cell === "") continue;
    if (column.startsWith("input.")) input[column.slice("input.".length)] = cell;
    else row[column] = column === "mustPass" ? cell.toLowerCase() === "true" : cell;
  }
  return row;
}

function yamlRows(text: string, shown: string): readonly CaseRow[] {
  const yaml = parseYaml({ path: shown, text, firstLine: 1, kind: SUITE_YAML });
  const { value } = yaml;
  if (!Array.isArray(value))
    throw suiteInvalid({
      message: "A file of cases holds a list.",
      place: { path: shown, line: 1 },
      hint: "Begin each case with a dash.",
    });
  return value.map((entry: unknown, at) => ({ value: entry, line: yaml.place([at]).line }));
}
