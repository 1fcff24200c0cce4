// Usage: node hang.ts <folder> <"loop" or "timers"> [database address]
// Works the run `hung`, whose one node never ends: it loops, or its process has no timer that rings.
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers/promises";

import { scripted } from "../../../testing/index.ts";
import { createBaton } from "../../../baton.ts";
import { hanging, HUNG } from "../hanging.ts";

const [folder = "", how, url] = process.argv.slice(2);

/** Sleeping takes for ever from here on, wherever it was imported. */
function stopTimers(): void {
  timers.setTimeout = async () => await new Promise<never>(() => undefined);
  syncBuiltinESMExports();
  // The loop itself turns: only its timers are dead.
  process.stdin.resume();
}

const flow = hanging(async () => {
  if (how === "timers") stopTimers();
  if (how === "timers") await new Promise<never>(() => undefined);
  for (;;);
});
const baton = await createBaton(
  { workflows: [flow], model: scripted([]), prompts: [], leaseMs: HUNG.leaseMs },
  { folder, env: url === undefined || url === "" ? {} : { DATABASE_URL: url } },
);
await baton.start("hanging", {}, { runId: HUNG.run });
