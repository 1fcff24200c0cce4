import { PromptError } from "./prompt-error.ts";
import type { TemplateText } from "./template.ts";
import type { YamlText } from "./yaml-text.ts";

/** A `.prompt` file cut in two. */
export interface PromptText {
  /** Absent when the file is a template only. */
  readonly frontMatter: YamlText | undefined;
  readonly template: TemplateText;
}

const FENCE = /^---[ \t]*$/u;
const STARTS_LIKE_FRONT_MATTER = /^(?:model|description|config|input|output|tools|ext|baton\.\w+):/u;

/**
 * Cuts a file at its `---` lines; comment lines (`#`) and blank lines may stand before the first. Throws `prompt-invalid` when the front matter
 * does not open or close as it must, so that it is never sent to a model as text.
 */
export function splitPrompt(path: string, text: string): PromptText {
  const lines = text
    .replace(/^\uFEFF/u, "")
    .replaceAll("\r\n", "\n")
    .split("\n");
  const first = lines.findIndex((line) => !/^(?:#.*|[ \t]*)$/u.test(line));
  const opening = lines[first] ?? "";
  if (!opening.startsWith("---")) {
    refuseLostFence(path, lines, first);
    return { frontMatter: undefined, template: { path, text: lines.join("\n"), firstLine: 1 } };
  }
  if (!FENCE.test(opening))
    throw fenceError(path, first, "The front matter opens with a line that is not exactly `---`.");
  const end = lines.findIndex((line, index) => index > first && FENCE.test(line));
  if (end === -1)
    throw fenceError(path, first, "The front matter opens with `---` but no second `---` line closes it.");
  return {
    frontMatter: { path, text: lines.slice(first + 1, end).join("\n"), firstLine: first + 2 },
    template: { path, text: lines.slice(end + 1).join("\n"), firstLine: end + 2 },
  };
}

function refuseLostFence(path: string, lines: readonly string[], first: number): void {
  if (!STARTS_LIKE_FRONT_MATTER.test(lines[first] ?? "") || !lines.some((line) => FENCE.test(line))) return;
  throw fenceError(path, first, "The front matter is not opened by a `---` line.");
}

function fenceError(path: string, index: number, message: string): PromptError {
  return new PromptError("prompt-invalid", {
    message,
    place: { path, line: index + 1, column: 1 },
    hint: "Put the settings between two lines that are exactly `---`.",
  });
}
