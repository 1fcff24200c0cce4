// How well and how fast memory recalls, and what its router saves: `npm run bench:memory [-- --json] [-- --locomo <file>]`. Without a
// file, on conversations of our own.
import { cpus } from "node:os";
import { parseArgs } from "node:util";

import type { Conversation } from "./memory/corpus.ts";
import { measureEvidence } from "./memory/evidence.ts";
import { measureLatency } from "./memory/latency.ts";
import { readLocomo } from "./memory/locomo.ts";
import { madeUpConversations } from "./memory/made-up.ts";
import { measureRedis } from "./memory/redis.ts";
import { measureRouting } from "./memory/routing.ts";

const { values } = parseArgs({ options: { json: { type: "boolean" }, locomo: { type: "string" } } });
const own = evidenceOf(madeUpConversations());
const given = values.locomo === undefined ? undefined : evidenceOf(await readLocomo(values.locomo));
const figures = {
  synthetic: own.evidence,
  ...(given === undefined ? {} : { locomo: given.evidence }),
  router: (given ?? own).router,
  latency: await measureLatency(),
  redis: await measureRedis(),
};
const environment = {
  node: process.version,
  cpus: cpus().length,
  platform: process.platform,
  routerCorpus: given === undefined ? "synthetic" : "locomo",
};
if (values.json === true) console.log(JSON.stringify({ figures, environment }));
else for (const [name, rows] of Object.entries(figures)) print(name, rows);

function evidenceOf(conversations: readonly Conversation[]) {
  const { adversarialRecallAt10: category5RecallAt10, ...evidence } = measureEvidence(conversations);
  return { evidence: { ...evidence, category5RecallAt10 }, router: measureRouting(conversations) };
}

function print(name: string, rows: object): void {
  console.log(name);
  console.table(rows);
}
