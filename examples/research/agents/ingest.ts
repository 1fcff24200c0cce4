import { type MemoryItem, node, type NodeTools } from "batonjs";

import { readCorpus } from "../sources/corpus.ts";
import { findFiles, resolveSources } from "../sources/find.ts";
import { topicsFor } from "../sources/topics.ts";
import { type Finding, Research } from "../state.ts";

/** Enough to see which sections speak of the question. */
const SENTENCES_LOOKED_AT = 40;
const MOST_SKIPPED_SHOWN = 50;
/** Questions and findings from before the question that go into the search. */
const KNOWN_BEFORE = 2;

/**
 * Reads the sources, remembers their sentences, and looks up what they have to say on the question. All three layers have a part in that: what
 * earlier turns of the thread found (`context`), what was asked in the session (`session`), and the sentences (`vector`).
 */
export const ingest = node(
  Research,
  { reads: ["question", "sources", "findings"], writes: ["corpus", "files", "skipped", "topics"] },
  async ({ question, sources, findings }, { call, memory, run, signal }) => {
    // Journaled, so that a resume in another folder still means the same files.
    const resolved = await call("resolve sources", sources, () =>
      Promise.resolve(resolveSources(sources, process.cwd())),
    );
    const corpus = await readCorpus(await findFiles(resolved), signal);
    await memory.remember("vector", corpus.items, corpus.id);
    const earlier = await memory.recall({
      layers: ["context", "session"],
      text: question,
      limit: KNOWN_BEFORE,
      held: findings.map(itemOf),
    });
    const recalled = await memory.recall({
      layers: ["vector"],
      // A question that goes on with another one ("And on PostgreSQL?") says little without it.
      text: [question, ...earlier.items.map(({ text }) => text)].join("\n"),
      namespace: corpus.id,
      limit: SENTENCES_LOOKED_AT,
      held: [],
      ...(signal === undefined ? {} : { signal }),
    });
    await memory.remember("session", [asked(question, run)]);
    return {
      corpus: { id: corpus.id, files: corpus.files.length, sentences: corpus.items.length },
      files: [...corpus.files],
      skipped: corpus.skipped.slice(0, MOST_SKIPPED_SHOWN),
      topics: [...topicsFor(question, { recalled: recalled.items, headings: headingsOf(corpus.items) })],
    };
  },
);

function asked(question: string, { id, session }: NodeTools["run"]): MemoryItem {
  const now = Date.now();
  return { id: `${id}: question`, text: question, group: session, order: now, time: now, meta: { role: "user" } };
}

function itemOf({ claim, file, line }: Finding, order: number): MemoryItem {
  return { id: `${file}:${line}`, text: claim, group: "findings", order, time: 0, meta: { file, line } };
}

function headingsOf(items: readonly MemoryItem[]): ReadonlySet<string> {
  return new Set(
    items.flatMap(({ meta: { heading } }) => (typeof heading === "string" && heading !== "" ? [heading] : [])),
  );
}
