// Appends items to one session on Redis, many at once: `append-redis.ts <url> <prefix> <writer> <count>`. Prints the version of each append.
import { DEFAULT_TENANT } from "../../../core/ids.ts";
import { sessionLayer } from "../../../memory/session.ts";
import { openRedis } from "../../../store/redis/client.ts";
import { redisSessions } from "../../../store/redis/session.ts";

const [url = "", prefix = "", writer = "", count = "0"] = process.argv.slice(2);
const client = await openRedis({ url, prefix, commandMs: 20_000, connectMs: 10_000 });
const layer = sessionLayer(redisSessions(client), { maxItems: 10_000, maxTokens: 1_000_000 });
const appended = await Promise.all(
  Array.from({ length: Number(count) }, async (_, at) => {
    const id = `${writer}:${at}`;
    const item = { id, text: `turn ${at} of ${writer}`, group: writer, order: at, time: at, meta: {} };
    return await layer.append({ tenant: DEFAULT_TENANT, namespace: "shared" }, { op: id, items: [item] });
  }),
);
for (const { version } of appended) process.stdout.write(`${version}\n`);
await client.close();
