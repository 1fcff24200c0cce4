/** The words of a text, in lower case, without those that say little. */
export function wordsOf(text: string): ReadonlySet<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(words.filter((word) => word.length > 2 && !COMMON.has(word)));
}

const COMMON: ReadonlySet<string> = new Set(
  "the and are for how what which who why when does can will with from that this they say documents has have about not".split(
    " ",
  ),
);

/** The first line that is not empty behind a label. */
export function after(text: string, label: string): string {
  const at = text.indexOf(label);
  if (at < 0) return "";
  return (
    text
      .slice(at + label.length)
      .split("\n")
      .map((line) => line.trim())
      .find((line) => line !== "") ?? ""
  );
}

/** The first group of each match. */
export function linesOf(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, found = ""]) => found);
}

/** The JSON that stands behind a label: on its line, or from there up to an empty line or the end. */
export function jsonAfter(text: string, label: string): unknown {
  const at = text.indexOf(label);
  if (at < 0) return undefined;
  const rest = text.slice(at + label.length).trimStart();
  const end = rest.search(/\n\n(?=\S)/u);
  try {
    return JSON.parse(end < 0 ? rest : rest.slice(0, end));
  } catch {
    return undefined; // the prompt no longer shows it as JSON
  }
}

export function sentenceOf(text: string): string {
  return /[.!?]$/u.test(text) ? text : `${text}.`;
}

/** The text that follows a label as JSON; what is no text as it is written in JSON, and "" where there is none. */
export function textAfter(text: string, label: string): string {
  const found = jsonAfter(text, label);
  if (found === undefined || found === null) return "";
  return typeof found === "string" ? found : JSON.stringify(found);
}
