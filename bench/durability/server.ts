import { readdirSync, readFileSync } from "node:fs";

import pg from "pg";

import { findBinaries } from "../../tests/support/find-binaries.ts";
import { startPostgres } from "../../tests/support/postgres-server.ts";
import { databaseUrl, onServer } from "../../tests/support/template.ts";

/** A PostgreSQL of the benchmark's own, with fsync as a user has it. */
export interface BenchServer {
  readonly version: string;
  /** The address of a new database. */
  database(name: string): Promise<string>;
  /** Bytes of write-ahead log since the server was made. */
  walBytes(): Promise<number>;
  /** CPU milliseconds of all server processes, past ones included; undefined where the system does not tell. */
  cpuMs(): number | undefined;
  stop(): Promise<void>;
}

export async function startBenchServer(): Promise<BenchServer> {
  const binaries = findBinaries(["initdb", "postgres"], { path: process.env["PATH"] ?? "", root: "/" });
  if (binaries === undefined) throw new Error("The benchmark needs PostgreSQL's programs (initdb, postgres).");
  const server = await startPostgres(binaries, { durable: true });
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const { rows } = await client.query<{ version: string; pid: number }>(
    "select current_setting('server_version') as version, pg_backend_pid() as pid",
  );
  const postmaster = statOf(rows[0]?.pid ?? 0)?.parent;
  return {
    version: rows[0]?.version ?? "unknown",
    async database(name) {
      await onServer(server.url, (admin) => admin.query(`create database ${name}`));
      return databaseUrl(server.url, name);
    },
    async walBytes() {
      const found = await client.query<{ bytes: string }>(
        "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as bytes",
      );
      return Number(found.rows[0]?.bytes);
    },
    cpuMs: () => (postmaster === undefined ? undefined : familyCpuMs(postmaster)),
    async stop() {
      await client.end();
      await server.stop();
    },
  };
}

interface ProcessStat {
  readonly parent: number;
  readonly ownTicks: number;
  /** Of children that have ended. */
  readonly childTicks: number;
}

const TICK_MS = 10;

function familyCpuMs(postmaster: number): number {
  const all = readdirSync("/proc").filter((name) => /^\d+$/u.test(name));
  let ticks = 0;
  for (const pid of all) {
    const stat = statOf(Number(pid));
    if (stat === undefined) continue;
    if (Number(pid) === postmaster) ticks += stat.ownTicks + stat.childTicks;
    else if (stat.parent === postmaster) ticks += stat.ownTicks;
  }
  return ticks * TICK_MS;
}

function statOf(pid: number): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const [, parent = 0] = fields;
    const at = (index: number): number => fields[index] ?? 0;
    return { parent, ownTicks: at(11) + at(12), childTicks: at(13) + at(14) };
  } catch {
    // Not Linux, or the process has ended.
    return undefined;
  }
}
