// What durability costs: LangGraph's own PostgresSaver and Baton's, in turns on one PostgreSQL that is started here with fsync on.
// `npm run bench:durability [-- --json] [-- --quick]`
import { cpus } from "node:os";

import { coldResume } from "./durability/cold-resume.ts";
import { baton, stock, type Contestant } from "./durability/contestants.ts";
import { growth, listings } from "./durability/growth.ts";
import { countStatements, round } from "./durability/meter.ts";
import { startBenchServer, type BenchServer } from "./durability/server.ts";
import { slowNetwork } from "./durability/slow-network.ts";
import { concurrentRuns, singleRuns } from "./durability/steps.ts";

const ROUND_TRIP_MS = 3;

const isQuick = process.argv.includes("--quick");
countStatements();
const server = await startBenchServer();
try {
  const figures = await measureAll(server);
  const environment = {
    node: process.version,
    postgres: server.version,
    cpus: cpus().length,
    platform: process.platform,
    fsync: true,
    at: new Date().toISOString(),
  };
  if (process.argv.includes("--json")) console.log(JSON.stringify({ figures, environment }));
  else {
    console.table(Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, { value }])));
    console.log(environment);
  }
} finally {
  await server.stop();
}

async function measureAll(bench: BenchServer): Promise<Readonly<Record<string, number | null>>> {
  const urls = { stock: await bench.database("stock"), baton: await bench.database("baton") };
  const near = [await stock(urls.stock), await baton(urls.baton)];
  const single = await singleRuns(bench, near, isQuick ? 10 : 40);
  const crowd = await concurrentRuns(bench, near, { rounds: isQuick ? 2 : 6, runs: 64 });
  const few = await concurrentRuns(bench, near, { rounds: isQuick ? 2 : 4, runs: 16 });
  await closeAll(near);

  const ways = {
    stock: await slowNetwork(urls.stock, ROUND_TRIP_MS),
    baton: await slowNetwork(urls.baton, ROUND_TRIP_MS),
  };
  const far = [await stock(ways.stock.url), await baton(ways.baton.url)];
  const distant = await singleRuns(bench, far, isQuick ? 4 : 10);
  await closeAll(far);
  await Promise.all([ways.stock.close(), ways.baton.close()]);

  const [short, long] = [await chatOf(bench, 1_000), await chatOf(bench, 3_000)];
  const lists = await baton(await bench.database("lists"));
  const listed = await listings(lists);
  await lists.close();

  const cold = isQuick ? undefined : coldResume(await bench.database("resume"));

  const ratio = (value: (costs: (typeof single)["stock"]) => number | undefined, from = single): number | null => {
    const [ours, theirs] = [value(from.baton), value(from.stock)];
    return ours === undefined || theirs === undefined ? null : round(ours / theirs);
  };
  return {
    statementsPerStep: round(single.baton.statements),
    statementsPerStep16: round(few.baton.statements),
    stockStatementsPerStep: round(single.stock.statements),
    walRatio: ratio(({ walBytes }) => walBytes),
    walBytesPerStep: Math.round(single.baton.walBytes),
    cpuRatio: ratio(({ cpuMs }) => cpuMs),
    wallRatio: ratio(({ msPerRun }) => msPerRun),
    wallRatio3ms: ratio(({ msPerRun }) => msPerRun, distant),
    msPerRun: round(single.baton.msPerRun),
    throughputRatio64: round(crowd.stock.msPerRun / crowd.baton.msPerRun),
    runsPerSecond64: round(1_000 / crowd.baton.msPerRun, 1),
    bytes1000: short.bytes,
    bytes3000: long.bytes,
    latencyRatio3000: round(long.latencyRatio),
    latestMs1000: round(short.latestMs, 1),
    latestMs3000: round(long.latestMs, 1),
    listMs10: round(listed.listMs, 1),
    historyMs400: round(listed.historyMs, 1),
    resumeMs: cold === undefined ? null : Math.round(cold.resumeMs),
    importMs: cold === undefined ? null : Math.round(cold.importMs),
  };
}

async function chatOf(bench: BenchServer, messages: number) {
  const url = await bench.database(`chat_${messages}`);
  const contestant = await baton(url);
  const figures = await growth(url, contestant, messages);
  await contestant.close();
  return figures;
}

async function closeAll(contestants: readonly Contestant[]): Promise<void> {
  await Promise.all(contestants.map(async (contestant) => await contestant.close()));
}
