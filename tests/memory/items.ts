import type { MemoryItem } from "../../memory/item.ts";

/** Turns of one conversation, "Speaker: text" each, a minute apart. */
export function conversation(group: string, day: string, lines: readonly string[]): readonly MemoryItem[] {
  return lines.map((line, order) => {
    const [speaker = "", text = ""] = line.split(": ", 2);
    return {
      id: `${group}:${order}`,
      text,
      group,
      order,
      time: Date.parse(`${day}T12:00:00Z`) + order * 60_000,
      meta: { speaker },
    };
  });
}

/** Sentences of one section of a document. */
export function section(file: string, heading: string, sentences: readonly string[]): readonly MemoryItem[] {
  return sentences.map((text, order) => ({
    id: `${file}#${heading}:${order}`,
    text,
    group: `${file}#${heading}`,
    order,
    time: 0,
    context: heading,
    meta: { file, line: order + 1 },
  }));
}
