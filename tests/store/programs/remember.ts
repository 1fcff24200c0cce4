// Remembers turns in both lasting layers, as a run would: `remember.ts <folder> <writer> <count>`. Prints each number once it is stored.
import { DEFAULT_TENANT } from "../../../core/ids.ts";
import { openStore } from "../../../store/connect.ts";
import { memoryLayers } from "../../../store/memory-layers.ts";

const [folder = "", writer = "", count = "0"] = process.argv.slice(2);
const store = await openStore({ folder });
const { session, vector } = memoryLayers(store);
for (let turn = 0; turn < Number(count); turn += 1) {
  const id = `${writer}:${turn}`;
  const item = { id, text: `turn ${turn} of ${writer}`, group: writer, order: turn, time: turn, meta: {} };
  await session.remember({ tenant: DEFAULT_TENANT, namespace: "shared" }, [item]);
  await vector.remember({ tenant: DEFAULT_TENANT, namespace: "shared" }, [item]);
  process.stdout.write(`${turn}\n`);
}
await store.close();
