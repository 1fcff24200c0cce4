import { type MemoryItem, node } from "batonjs";

import { readCorpus } from "../sources/corpus.ts";
import { findFiles, resolveSources } from "../sources/find.ts";
import { topicsFor } from "../sources/topics.ts";
import { Research } from "../state.ts";

/** Enough to see which sections speak of the question. */
const SENTENCES_LOOKED_AT = 40;
const MOST_SKIPPED_SHOWN = 50;

/** Reads the sources, remembers their sentences, and looks up what they have to say on the question. */
export const ingest = node(
  Research,
  { reads: ["question", "sources"], writes: ["corpus", "files", "skipped", "topics"] },
  async ({ question, sources }, { call, memory, signal }) => {
    // Journaled, so that a resume in another folder still means the same files.
    const resolved = await call("resolve sources", sources, () =>
      Promise.resolve(resolveSources(sources, process.cwd())),
    );
    const corpus = await readCorpus(await findFiles(resolved), signal);
    await memory.remember("vector", corpus.items, corpus.id);
    const recalled = await memory.recall({
      layers: ["vector"],
      text: question,
      namespace: corpus.id,
      limit: SENTENCES_LOOKED_AT,
      held: [],
      ...(signal === undefined ? {} : { signal }),
    });
    return {
      corpus: { id: corpus.id, files: corpus.files.length, sentences: corpus.items.length },
      files: [...corpus.files],
      skipped: corpus.skipped.slice(0, MOST_SKIPPED_SHOWN),
      topics: [...topicsFor(question, { recalled: recalled.items, headings: headingsOf(corpus.items) })],
    };
  },
);

function headingsOf(items: readonly MemoryItem[]): ReadonlySet<string> {
  return new Set(
    items.flatMap(({ meta: { heading } }) => (typeof heading === "string" && heading !== "" ? [heading] : [])),
  );
}
