import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, StatementSync } from "node:sqlite";

import pg from "pg";

/** Before or after the n-th thing that happens to a run: an SQL statement, or the edge of a node or of an effect. */
export interface CrashPoint {
  readonly number: number;
  readonly side: "before" | "after";
}

/** Points at which the files of a run are copied as a kill would leave them, while the run goes on. */
export interface Snapshots {
  readonly points: readonly CrashPoint[];
  /** What is copied. */
  readonly from: string;
  /** Gets a folder for each point, named by `snapshotName`. */
  readonly to: string;
}

export const snapshotName = ({ number, side }: CrashPoint): string => `${number}-${side}`;

interface Watched {
  readonly point: CrashPoint | undefined;
  readonly snapshots: Snapshots | undefined;
  readonly reached: string[];
  state: "running" | "held" | "ended";
}

/** By the name that marks the connections of the run. */
const watched = new Map<string, Watched>();

/**
 * Counts from here on what happens to a run. The process is killed once every run of it stands at its point: one that gets there before the others is
 * held exactly there, and sends nothing more, so that one kill serves many runs. Statements on SQLite cannot be held: they are counted for a
 * run that is alone.
 */
export function watch(run: string, point: CrashPoint | undefined, snapshots?: Snapshots): void {
  if (watched.size === 0) {
    watchPostgres();
    watchSqlite();
  }
  watched.set(run, { point, snapshots, reached: [], state: "running" });
}

/** The run came to its end; what was counted on the way. */
export function ended(run: string): readonly string[] {
  const entry = watched.get(run);
  if (entry === undefined) return [];
  stop(entry, "ended");
  return entry.reached;
}

/** A named edge of the workload: nothing happens at it but the crash that was asked for. */
export async function edge(run: string, name: string): Promise<void> {
  const entry = watched.get(run);
  if (entry !== undefined && isHeld(entry, count(entry, name), "before")) await never();
}

/** True when the run is as good as killed: what it says from here on was never said. */
export function isStopped(run: string): boolean {
  return watched.get(run)?.state === "held";
}

/** Returns the number of what is about to happen. */
function count(entry: Watched, name: string): number {
  return entry.reached.push(name);
}

function isHeld(entry: Watched, number: number, side: CrashPoint["side"]): boolean {
  keepSnapshot(entry.snapshots, { number, side });
  if (entry.point?.number === number && entry.point.side === side) stop(entry, "held");
  return entry.state === "held";
}

/**
 * What a SIGKILL leaves of a store in files is what was written to them, and no locks. Another process copies: one that closes a file which it has
 * open elsewhere would give up its own locks on it.
 */
function keepSnapshot(snapshots: Snapshots | undefined, here: CrashPoint): void {
  if (snapshots?.points.some(({ number, side }) => number === here.number && side === here.side) !== true) return;
  const { from, to } = snapshots;
  mkdirSync(to, { recursive: true });
  execFileSync("cp", ["-R", from, join(to, snapshotName(here))]);
}

function stop(entry: Watched, state: "held" | "ended"): void {
  entry.state = state;
  const all = [...watched.values()];
  if (all.some((one) => one.state === "running") || !all.some((one) => one.state === "held")) return;
  process.kill(process.pid, "SIGKILL");
  for (;;);
}

async function never(): Promise<never> {
  return await Promise.withResolvers<never>().promise;
}

/** All statements of pools and clients, transactions' borders included. A connection says by its application name to which run it belongs. */
function watchPostgres(): void {
  // Its overloads differ in what they take and return; both are passed on as they are.
  const query: (...args: unknown[]) => unknown = pg.Client.prototype.query;
  const counted = function (this: pg.Client, ...args: unknown[]): unknown {
    const { application_name: run } = (this as unknown as { connectionParameters: { application_name?: string } })
      .connectionParameters;
    const entry = watched.get(run ?? "");
    if (entry === undefined) return Reflect.apply(query, this, args);
    const [first, callback] = [args[0], args.at(-1)];
    const text = typeof first === "string" ? first : (first as { readonly text: string }).text;
    const number = count(entry, `postgres: ${firstWords(text)}`);
    if (isHeld(entry, number, "before")) return never();
    if (typeof callback !== "function") return heldAfter(entry, number, Reflect.apply(query, this, args));
    const heard = (...answer: unknown[]): void => {
      if (!isHeld(entry, number, "after")) callback(...answer);
    };
    return Reflect.apply(query, this, [...args.slice(0, -1), heard]);
  };
  Object.assign(pg.Client.prototype, { query: counted });
}

/** Passes an answer on, or keeps it for ever. */
async function heldAfter(entry: Watched, number: number, answer: unknown): Promise<unknown> {
  const outcome = await Promise.allSettled([answer]);
  if (isHeld(entry, number, "after")) await never();
  const [first] = outcome;
  if (first.status === "rejected") throw first.reason;
  return first.value;
}

function watchSqlite(): void {
  countCalls(DatabaseSync.prototype, ["exec"]);
  countCalls(StatementSync.prototype, ["get", "all", "run", "iterate"]);
}

function countCalls(prototype: object, names: readonly string[]): void {
  for (const name of names) {
    const original: unknown = Reflect.get(prototype, name);
    if (typeof original !== "function") throw new Error(`node:sqlite has no ${name}.`);
    Object.assign(prototype, {
      [name](this: unknown, ...args: unknown[]): unknown {
        const [entry] = watched.values();
        const isOnly = watched.size === 1 && entry !== undefined;
        if (!isOnly || entry.reached.at(0)?.startsWith("postgres") === true) return Reflect.apply(original, this, args);
        const sql = this instanceof StatementSync ? this.sourceSQL : String(args[0]);
        const number = count(entry, `sqlite: ${firstWords(sql)}`);
        isHeld(entry, number, "before");
        const result: unknown = Reflect.apply(original, this, args);
        isHeld(entry, number, "after");
        return result;
      },
    });
  }
}

function firstWords(sql: string): string {
  return sql.trim().replaceAll(/\s+/gu, " ").slice(0, 48);
}
