import type { JsonValue } from "../core/json.ts";
import type { Writer } from "../runs/provenance/answer-of-why.ts";
import type { FieldChange, TaskChange } from "../runs/provenance/step-changes.ts";
import type { Output } from "./output.ts";
import { oneLine, plainText } from "./plain-text.ts";

const MOST_LINES = 40;
const LONGEST_LINE = 160;

/** What the tasks of a step changed: before and after of each field, as a diff. */
export function describeChanges(changes: readonly TaskChange[], { paint }: Pick<Output, "paint">): string {
  return changes
    .map(({ step, writer, changes: fields }) =>
      [
        `${paint.out("bold", `step ${step}`)}  ${writerName(writer)}`,
        ...fields.flatMap((field) => [
          `  ${paint.out("bold", oneLine(field.field, 60))}`,
          ...fieldLines(field, paint.out),
        ]),
      ].join("\n"),
    )
    .join("\n\n");
}

/** Who changed something, in a few words. */
export function writerName({ node, kind, attempt, by }: Writer): string {
  if (kind === "input") return "input";
  if (kind === "human") return `by hand${by === undefined ? "" : ` (${oneLine(by, 60)})`}`;
  if (kind === "migration") return "migration";
  return `${oneLine(node ?? "?", 60)} (${kind === "agent" ? "agent" : "function"}${attempt > 1 ? `, attempt ${attempt}` : ""})`;
}

function fieldLines({ before, written }: FieldChange, paint: Output["paint"]["out"]): readonly string[] {
  if (written.length === 0) return ["    (the value is no longer stored)"];
  const removed = before === null ? [] : linesOf(before).map((line) => paint("red", `    - ${line}`));
  const added = written.flatMap((value) => linesOf(value)).map((line) => paint("green", `    + ${line}`));
  return [...removed, ...added];
}

function linesOf(value: JsonValue): readonly string[] {
  const text = typeof value === "string" ? value : JSON.stringify(value, undefined, 1);
  const lines = plainText(text).split("\n");
  const shown = lines.slice(0, MOST_LINES).map((line) => line.slice(0, LONGEST_LINE));
  return lines.length > shown.length ? [...shown, `… ${lines.length - shown.length} more lines`] : shown;
}
