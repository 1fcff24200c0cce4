import pg from "pg";

import type { BenchServer } from "./server.ts";

/** What a piece of work cost. */
export interface Cost {
  readonly ms: number;
  readonly statements: number;
  readonly walBytes: number;
  readonly cpuMs: number | undefined;
}

let statements = 0;

/** Counts every statement that any pool of this process sends, transactions' borders included. */
export function countStatements(): void {
  // Its overloads differ in what they return; a counter passes on whatever that is.
  const query: (...args: never[]) => unknown = pg.Client.prototype.query;
  const counting = function (this: pg.Client, ...args: never[]): unknown {
    statements += 1;
    return Reflect.apply(query, this, args);
  };
  Object.assign(pg.Client.prototype, { query: counting });
}

/** Measures work in this process and on the server. The meter's own statements are not counted. */
export async function measure(server: BenchServer, work: () => Promise<void>): Promise<Cost> {
  const wal = await server.walBytes();
  const serverCpu = server.cpuMs();
  const cpu = process.cpuUsage();
  const counted = statements;
  const startedAt = performance.now();
  await work();
  const ms = performance.now() - startedAt;
  const sent = statements - counted;
  const own = process.cpuUsage(cpu);
  const serverCpuAfter = server.cpuMs();
  return {
    ms,
    statements: sent,
    walBytes: (await server.walBytes()) - wal,
    cpuMs:
      serverCpu === undefined || serverCpuAfter === undefined
        ? undefined
        : (own.user + own.system) / 1_000 + serverCpuAfter - serverCpu,
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}
