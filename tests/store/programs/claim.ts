// Usage: node claim.ts <folder> <run id>…
// Waits for a line on standard input, then tries to claim every run and prints the ids of those it won.
import { once } from "node:events";

import { parseRunId } from "../../../core/ids.ts";
import { newOwner } from "../../../runs/owner.ts";
import { openStore } from "../../../store/connect.ts";

const [folder = "", ...ids] = process.argv.slice(2);
const store = await openStore({ folder });
process.stdout.write("ready\n");
await once(process.stdin, "data");
for (const id of ids) {
  const outcome = await store.runs.claim({ run: parseRunId(id), owner: newOwner(), leaseMs: 60_000, from: ["queued"] });
  if (outcome.claimed) process.stdout.write(`${id}\n`);
}
await store.close();
process.stdin.destroy();
