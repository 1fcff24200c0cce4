import { structuredPatch, type StructuredPatchHunk } from "diff";

import { isJsonObject, type JsonValue } from "../core/json.ts";
import type { PromptPin } from "./pin.ts";
import { splitPrompt } from "./prompt-text.ts";
import { parseYaml } from "./yaml-text.ts";

export interface KeyChange {
  /** Where it stands in the front matter: `input.schema.topic`. */
  readonly key: string;
  /** Absent when the key is new. */
  readonly before?: JsonValue;
  /** Absent when the key is gone. */
  readonly after?: JsonValue;
}

export interface TextChange {
  readonly path: string;
  readonly kind: "template" | "partial" | "schema";
  readonly change: "added" | "removed" | "changed";
  readonly hunks: readonly TextHunk[];
}

export interface TextHunk {
  /** Line of the newer file on which it starts, counted from 1. */
  readonly line: number;
  /** Each with `+`, `-` or a blank before it. */
  readonly lines: readonly string[];
}

/** What differs between two versions of a prompt, by meaning. */
export interface PromptDiff {
  readonly frontMatter: readonly KeyChange[];
  readonly texts: readonly TextChange[];
  /** True when the closures differ although neither a setting nor a text does: comments, order or spelling of the front matter. */
  readonly isFormOnly: boolean;
}

/** Compares two pinned versions of a prompt: settings key by key, template, partials and schemas line by line. */
export function diffPrompts(from: PromptPin, to: PromptPin): PromptDiff {
  const [before, after] = [partsOf(from), partsOf(to)];
  const frontMatter = diffKeys(flatten(before.settings), flatten(after.settings));
  const template = textChange(
    { path: to.files[0]?.path ?? to.name, kind: "template" },
    before.template,
    after.template,
  );
  const texts = [...(template === undefined ? [] : [template]), ...diffOthers(from, to)];
  return { frontMatter, texts, isFormOnly: from.closure !== to.closure && frontMatter.length + texts.length === 0 };
}

interface Parts {
  readonly settings: JsonValue;
  readonly template: FileText;
}

interface FileText {
  readonly text: string;
  readonly firstLine: number;
}

function partsOf({ files: [main], name }: PromptPin): Parts {
  const { frontMatter, template } = splitPrompt(main?.path ?? name, main?.text ?? "");
  const value = frontMatter === undefined ? {} : (parseYaml(frontMatter).value ?? {});
  // Reading the YAML has left nothing but JSON.
  return { settings: value as JsonValue, template };
}

function flatten(value: JsonValue, key = ""): ReadonlyMap<string, JsonValue> {
  if (!isJsonObject(value) || (key !== "" && Object.keys(value).length === 0)) return new Map([[key, value]]);
  return new Map(
    Object.entries(value).flatMap(([name, inside]) => [...flatten(inside, key === "" ? name : `${key}.${name}`)]),
  );
}

function diffKeys(before: ReadonlyMap<string, JsonValue>, after: ReadonlyMap<string, JsonValue>): readonly KeyChange[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [old, now] = [before.get(key), after.get(key)];
    if (JSON.stringify(old) === JSON.stringify(now)) return [];
    return [{ key, ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) }];
  });
}

function diffOthers(from: PromptPin, to: PromptPin): readonly TextChange[] {
  const [before, after] = [from, to].map(
    ({ files: [, ...others] }) => new Map(others.map((file) => [file.path, file])),
  );
  const paths = [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])].toSorted();
  return paths.flatMap((path) => {
    const kind = path.endsWith(".json") ? "schema" : "partial";
    const [old, now] = [before?.get(path), after?.get(path)].map((file) =>
      file === undefined ? undefined : { text: file.text, firstLine: 1 },
    );
    return textChange({ path, kind }, old, now) ?? [];
  });
}

function textChange(
  file: Pick<TextChange, "path" | "kind">,
  before: FileText | undefined,
  after: FileText | undefined,
): TextChange | undefined {
  const [old, now] = [before, after].map((side) => (side?.text ?? "").replaceAll("\r\n", "\n").replace(/\n*$/u, "\n"));
  if (before !== undefined && after !== undefined && old === now) return undefined;
  const change = before === undefined ? "added" : after === undefined ? "removed" : "changed";
  const lines = [before === undefined ? "" : (old ?? ""), after === undefined ? "" : (now ?? "")] as const;
  return { ...file, change, hunks: hunksOf(lines, after?.firstLine ?? 1) };
}

// Comparing takes time that grows with the number of differences times the length: minutes for two large texts that share nothing.
const MOST_EDITS = 2000;

function hunksOf([old, now]: readonly [old: string, now: string], firstLine: number): readonly TextHunk[] {
  const patch = structuredPatch("", "", old, now, "", "", { context: 2, maxEditLength: MOST_EDITS });
  if (patch !== undefined) return patch.hunks.map((hunk) => hunkOf(hunk, firstLine));
  // Shown as what they are: another text.
  const whole = (text: string, sign: string): readonly string[] =>
    text
      .replace(/\n$/u, "")
      .split("\n")
      .map((line) => `${sign}${line}`);
  return [{ line: firstLine, lines: [...whole(old, "-"), ...whole(now, "+")] }];
}

function hunkOf({ newStart, lines }: StructuredPatchHunk, firstLine: number): TextHunk {
  return { line: newStart + firstLine - 1, lines: lines.filter((line) => !line.startsWith("\\")) };
}
