import { BatonError } from "../../../core/errors.ts";
import { DEFAULT_TENANT, parseTenantId } from "../../../core/ids.ts";
import type { MemoryItem } from "../../../memory/item.ts";
import { countOf, type MemoryFlags, withMemory } from "../../memory-flags.ts";
import { openBaton } from "../../open-baton.ts";
import type { Output } from "../../output.ts";
import { oneLine } from "../../plain-text.ts";
import type { Configure } from "../../session.ts";

interface ListFlags extends MemoryFlags {
  readonly limit: string;
}

export const configure: Configure = (command, session) => {
  withMemory(command)
    .option("--limit <n>", "at most so many items, the newest", "50")
    .addHelpText(
      "after",
      "\nWithout --session and --namespace it lists those there are.\n\nExample:\n  $ baton memory list --session ada",
    )
    .action(async (flags: ListFlags) => {
      session.exitCode = await list(flags, session.output);
    });
};

async function list(flags: ListFlags, output: Output): Promise<number> {
  const limit = countOf(flags.limit, "--limit");
  const tenant = flags.tenant === undefined ? DEFAULT_TENANT : parseTenantId(flags.tenant);
  if (flags.session !== undefined && flags.namespace !== undefined) throw both();
  await using baton = await openBaton();
  const { session, vector } = baton.memory;
  if (flags.session === undefined && flags.namespace === undefined) {
    const places = { sessions: await session.namespaces(tenant), namespaces: await vector.namespaces(tenant) };
    if (output.json) output.document(places);
    else {
      for (const name of places.sessions) output.result(`session    ${name}`);
      for (const name of places.namespaces) output.result(`namespace  ${name}`);
    }
    return 0;
  }
  const items =
    flags.session === undefined
      ? await vector.list({ tenant, namespace: flags.namespace ?? "" })
      : await session.list({ tenant, namespace: flags.session });
  const shown = items.slice(-limit);
  if (output.json) output.document({ items: shown, total: items.length });
  else {
    for (const item of shown) output.result(described(item));
    if (shown.length < items.length) output.note(`${items.length - shown.length} older items are not shown.`);
  }
  return 0;
}

function described({ id, text, time, origin }: MemoryItem): string {
  const by =
    origin === undefined
      ? ""
      : `  ${oneLine(`by ${origin.by}${origin.run === undefined ? "" : ` in ${origin.run}`}, ${origin.trust}`, 80)}`;
  return `${minuteOf(time)}  ${oneLine(id, 40)}${by}\n  ${oneLine(text, 200)}`;
}

const LAST_TIME = 8.64e15;

function minuteOf(time: number): string {
  return Math.abs(time) <= LAST_TIME ? new Date(time).toISOString().slice(0, 16) : "unknown time";
}

function both(): BatonError {
  return new BatonError("bad-usage", "`--session` and `--namespace` name two different places.", {
    hint: "Give one of them.",
  });
}
