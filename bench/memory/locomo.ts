import { readFile } from "node:fs/promises";

import { z } from "zod";

import type { Conversation, Question, Turn } from "./corpus.ts";

const Said = z.object({
  speaker: z.string(),
  dia_id: z.string(),
  text: z.string(),
  blip_caption: z.string().optional(),
});

const Sample = z.object({
  sample_id: z.string(),
  conversation: z.record(z.string(), z.unknown()),
  qa: z.array(z.object({ question: z.string(), evidence: z.array(z.string()).default([]), category: z.number() })),
});

/** Reads a LoCoMo file. Its licence (CC BY-NC 4.0) forbids to ship it or anything made from it: it stays where the user put it. */
export async function readLocomo(path: string): Promise<readonly Conversation[]> {
  const samples = z.array(Sample).parse(JSON.parse(await readFile(path, "utf8")));
  return samples.map(({ sample_id: name, conversation, qa }) => {
    const turns = turnsOf(conversation);
    const known = new Set(turns.map(({ id }) => id));
    return { name, turns, questions: questionsOf(qa, known) };
  });
}

function turnsOf(conversation: z.infer<typeof Sample>["conversation"]): readonly Turn[] {
  return Object.entries(conversation).flatMap(([key, said]) => {
    const meeting = Number(/^session_(\d+)$/.exec(key)?.[1]);
    if (!Number.isInteger(meeting) || !Array.isArray(said)) return [];
    const date = z.string().parse(conversation[`${key}_date_time`]);
    const time = timeOf(date);
    return z
      .array(Said)
      .parse(said)
      .map(({ speaker, dia_id: id, text, blip_caption: caption }, order) => ({
        id: evidenceIds([id])[0] ?? id,
        speaker,
        text: caption === undefined ? text : `${text} [photo: ${caption}]`,
        meeting,
        order,
        time,
        date,
      }));
  });
}

/** "1:56 pm on 8 May, 2023" */
function timeOf(date: string): number {
  const [, hour, minute, half, day = ""] = /^(\d+):(\d+) (am|pm) on (.+)$/.exec(date) ?? [];
  const hours = (Number(hour) % 12) + (half === "pm" ? 12 : 0);
  const time = Date.parse(`${day.replace(",", "")} UTC`) + (hours * 60 + Number(minute)) * 60_000;
  if (Number.isFinite(time)) return time;
  throw new Error(`The date \`${date}\` is none of LoCoMo's.`);
}

function questionsOf(asked: z.infer<typeof Sample>["qa"], known: ReadonlySet<string>): readonly Question[] {
  return asked
    .map(({ question, evidence, category }) => ({
      text: question,
      evidence: [...new Set(evidenceIds(evidence))].filter((id) => known.has(id)),
      adversarial: category === 5,
    }))
    .filter(({ evidence }) => evidence.length > 0);
}

/** The ids are dirty: `D8:6; D9:17`, `D:11:26`, `D30:05`. */
function evidenceIds(written: readonly string[]): readonly string[] {
  return written.flatMap((text) =>
    [...text.matchAll(/D:?(\d+):(\d+)/g)].map(([, meeting, turn]) => `D${Number(meeting)}:${Number(turn)}`),
  );
}
