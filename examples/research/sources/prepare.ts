import type { JsonObject } from "batonjs";
import { z } from "zod";

import { badSource, findFiles, resolveSources } from "./find.ts";
import { readRaw } from "./read.ts";

export const Sources = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

/**
 * The input with absolute paths, so that the run means the same files wherever it is resumed. Throws `input-invalid` when a source is
 * missing, may not be read, is of no kind that can be read, or when none of the files holds text.
 */
export async function prepareSources(input: JsonObject): Promise<JsonObject> {
  const sources = resolveSources(Sources.parse(input["sources"]), process.cwd());
  let reason: string | undefined;
  for (const { file, path } of await findFiles(sources)) {
    const raw = await readRaw(path);
    if (raw.ok && raw.text.trim() !== "") return { ...input, sources: [...sources] };
    reason ??= `\`${file}\`: ${raw.ok ? "it is empty" : raw.reason}`;
  }
  throw badSource(
    `None of the files in \`sources\` can be used (${reason}).`,
    "Give text files in UTF-8: Markdown, plain text or HTML.",
  );
}
