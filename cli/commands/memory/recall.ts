import type { LayerName } from "../../../memory/item.ts";
import { countOf, memoryFor, type MemoryFlags, withMemory } from "../../memory-flags.ts";
import { openBaton } from "../../open-baton.ts";
import type { Output } from "../../output.ts";
import { oneLine } from "../../plain-text.ts";
import type { Configure } from "../../session.ts";

interface RecallFlags extends MemoryFlags {
  readonly limit: string;
  readonly untrusted: boolean;
}

export const configure: Configure = (command, session) => {
  withMemory(command.argument("<query>", "what to search for"))
    .option("--limit <n>", "at most so many items", "10")
    .option("--untrusted", "also items that nobody vouches for", false)
    .addHelpText("after", '\nExample:\n  $ baton memory recall "resume a run" --namespace docs')
    .action(async (query: string, flags: RecallFlags) => {
      session.exitCode = await recall(query, flags, session.output);
    });
};

async function recall(query: string, flags: RecallFlags, output: Output): Promise<number> {
  const limit = countOf(flags.limit, "--limit");
  await using baton = await openBaton();
  const layers: readonly LayerName[] = flags.session === undefined ? ["vector"] : ["session", "vector"];
  const request = { layers, text: query, limit, held: [], admitUntrusted: flags.untrusted };
  const { items, route } = await memoryFor(baton, flags).recall(request);
  if (output.json) {
    output.document({ items, route });
    return 0;
  }
  for (const { layer, error } of route.degraded)
    output.note(`The ${layer} layer did not answer: ${oneLine(error, 300)}`);
  for (const { layer, id, text, score, why } of items) {
    output.result(`${score.toFixed(2).padStart(7)}  ${layer}  ${oneLine(id, 60)}\n         ${oneLine(text, 300)}`);
    const shares = Object.entries(why).map(([rule, added]) => `${rule} ${added.toFixed(2)}`);
    output.result(output.paint.out("dim", `         ${shares.join(", ")}`));
  }
  if (items.length === 0) output.note("Nothing is remembered that fits.");
  return 0;
}
