// Usage: node append.ts <folder> <run id> <rounds>
// Writes an event, an effect and a checkpoint with a task's writes per round, and says each round number once all four are stored.
import { writeSync } from "node:fs";

import { uuid6 } from "@langchain/langgraph-checkpoint";

import { parseRunId } from "../../../core/ids.ts";
import { newOwner } from "../../../runs/owner.ts";
import { openStore } from "../../../store/connect.ts";

const [folder = "", id = "", rounds = "0"] = process.argv.slice(2);
const store = await openStore({ folder });
const claim = await store.runs.claim({
  run: parseRunId(id),
  owner: newOwner(),
  leaseMs: 60_000,
  from: ["queued", "running"],
});
if (!claim.claimed) throw new Error(`Not claimed: ${claim.run.status}.`);
const { fence } = claim;
const saver = await store.saver(fence);
let config: { configurable: Record<string, unknown> } = { configurable: { thread_id: id, checkpoint_ns: "" } };

for (let step = (await store.events.read(fence.run, 0)).length; step < Number(rounds); step += 1) {
  await store.effects.record(fence, { key: `${step}`, kind: "call", name: "append", status: "done", value: step });
  const versions = { step: saver.getNextVersion(step) };
  const checkpoint = {
    v: 4,
    id: uuid6(step),
    ts: new Date().toISOString(),
    channel_values: { step },
    channel_versions: versions,
    versions_seen: {},
  };
  const stored = await saver.put(config, checkpoint, { source: "loop", step, parents: {} }, versions);
  config = { configurable: { ...stored.configurable } };
  await saver.putWrites(config, [["step", step + 1]], `task-${step}`);
  await store.events.append(fence, [{ type: "step_committed", step }]);
  writeSync(1, `${step}\n`);
}
await store.runs.settle(fence, { status: "completed", state: {} });
await store.close();
