import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";

import { z } from "zod";

import { BatonError } from "../core/errors.ts";
import { parseYaml, type YamlValue } from "../prompts/yaml-text.ts";
import { type Case, CaseSpec, toCase } from "./case.ts";
import { readCaseFile } from "./case-file.ts";
import { makeSuite, type Suite, type SuitePairScorer, type SuiteScorer, suiteScorer, SuiteSpec } from "./suite.ts";
import { suiteInvalid } from "./suite-error.ts";
import { SUITE_YAML } from "./suite-yaml.ts";

const FileSpec = SuiteSpec.extend({
  /** Cases, or a file of them beside the suite. */
  cases: z.union([z.array(z.unknown()), z.string()]),
});

export interface SuiteFile {
  readonly path: string;
  /** How users know the file. */
  readonly shown: string;
  /** The suite's name; also the prompt it is for, when it names no target. */
  readonly name: string;
}

/** Reads a `*.eval.yaml`. One that names no target is for the prompt beside it. Throws `suite-invalid` with file, line and column. */
export async function readSuiteFile(file: SuiteFile): Promise<Suite> {
  const text = await readFile(file.path, "utf8");
  const yaml = parseYaml({ path: file.shown, text, firstLine: 1, kind: SUITE_YAML });
  const parsed = FileSpec.safeParse(yaml.value ?? {});
  if (!parsed.success) throw misfit(yaml, parsed.error, []);
  const { cases, scorers, ...spec } = parsed.data;
  const isOwn = spec.prompt === undefined && spec.agent === undefined && spec.workflow === undefined;
  return makeSuite({
    ...spec,
    ...(isOwn ? { prompt: file.name } : {}),
    name: file.name,
    file: file.shown,
    ...(typeof cases === "string" ? { caseFile: besideOf(file, cases) } : {}),
    cases:
      typeof cases === "string" ? await casesFrom(file, cases) : cases.map((entry, at) => inlineCase(yaml, entry, at)),
    scorers: scorers.map((entry, at) => placed(yaml, ["scorers", at], () => suiteScorer(entry))),
  });
}

function inlineCase(yaml: YamlValue, entry: unknown, at: number): Case {
  const parsed = CaseSpec.safeParse(entry);
  if (!parsed.success) throw misfit(yaml, parsed.error, ["cases", at]);
  return toCase(parsed.data);
}

async function casesFrom(file: SuiteFile, name: string): Promise<readonly Case[]> {
  const shown = besideOf(file, name);
  const rows = await readCaseFile(resolve(dirname(file.path), name), shown);
  return rows.map(({ value, line }) => {
    const parsed = CaseSpec.safeParse(value);
    if (parsed.success) return toCase(parsed.data);
    throw suiteInvalid({
      message: `A case does not fit: ${z.prettifyError(parsed.error)}.`,
      place: { path: shown, line },
    });
  });
}

function besideOf({ shown }: SuiteFile, name: string): string {
  return shown.slice(0, shown.length - basename(shown).length) + name;
}

function misfit(yaml: YamlValue, error: z.ZodError, under: readonly PropertyKey[]): BatonError {
  const [issue] = error.issues;
  const path = [...under, ...(issue?.path ?? [])];
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const where = path.length === 0 ? "" : ` at \`${path.join(".")}\``;
  return suiteInvalid({
    message:
      unknown === undefined
        ? `The suite does not fit${where}: ${issue?.message ?? "unknown"}.`
        : `The suite does not know the key \`${unknown}\`${where}.`,
    place: yaml.place(unknown === undefined ? path : [...path, unknown]),
  });
}

function placed(
  yaml: YamlValue,
  path: readonly PropertyKey[],
  work: () => SuiteScorer | SuitePairScorer,
): SuiteScorer | SuitePairScorer {
  try {
    return work();
  } catch (error) {
    if (!BatonError.is(error)) throw error;
    throw suiteInvalid({
      message: error.message,
      place: yaml.place(path),
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }
}
