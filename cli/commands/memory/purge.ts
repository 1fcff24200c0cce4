import { BatonError } from "../../../core/errors.ts";
import { DEFAULT_TENANT, parseTenantId } from "../../../core/ids.ts";
import type { PurgeFilter } from "../../../memory/purge.ts";
import { openBaton } from "../../open-baton.ts";
import type { Output } from "../../output.ts";
import type { Configure } from "../../session.ts";

interface PurgeFlags {
  readonly tenant?: string;
  readonly session?: string;
  readonly writer?: string;
  readonly run?: string;
  readonly yes: boolean;
}

export const configure: Configure = (command, session) => {
  command
    .option("--tenant <id>", "all of a tenant, or only what also fits the rest")
    .option("--session <id>", "a session, its working memory and its archive")
    .option("--writer <name>", "what a node, tool or person wrote")
    .option("--run <id>", "what a run wrote")
    .option("--yes", "really remove it: nothing brings it back", false)
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", "\nExample:\n  $ baton memory purge --session ada --yes")
    .action(async (flags: PurgeFlags) => {
      session.exitCode = await purge(flags, session.output);
    });
};

async function purge({ tenant, session, writer, run, yes }: PurgeFlags, output: Output): Promise<number> {
  if (tenant === undefined && session === undefined && writer === undefined && run === undefined)
    throw usage("Nothing says what to remove.", "Give --session, --writer, --run or --tenant.");
  if (!yes) throw usage("Nothing was removed: what is purged cannot be brought back.", "Type the same with --yes.");
  const filter: PurgeFilter = {
    tenant: tenant === undefined ? DEFAULT_TENANT : parseTenantId(tenant),
    ...(session === undefined ? {} : { session }),
    ...(writer === undefined ? {} : { writer }),
    ...(run === undefined ? {} : { run }),
  };
  await using baton = await openBaton();
  const removed = {
    session: await baton.memory.session.purge(filter),
    vector: await baton.memory.vector.purge(filter),
  };
  if (output.json) output.document({ removed });
  else output.result(`Removed ${removed.session} items of sessions and ${removed.vector} of the vector layer.`);
  return 0;
}

function usage(message: string, hint: string): BatonError {
  return new BatonError("bad-usage", message, { hint });
}
