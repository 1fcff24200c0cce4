import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

import { sha256 } from "../core/sha256.ts";

/** Everything that tells one process from another: `<host>/<pid>/<start>/<random>`. */
const OWNER = /^(?<host>[^/]+)\/(?<pid>\d+)\/(?<start>\d+)\/[^/]+$/u;

/** A new owner text of this process. Each is different, so that two holders in one process are two owners. */
export function newOwner(): string {
  return `${thisHost()}/${process.pid}/${startOf(process.pid) ?? 0}/${crypto.randomUUID().slice(0, 8)}`;
}

/**
 * True when the owner was a process of this host that is no longer there. False for every owner that is alive, and for those of
 * which nothing can be known from here (another host, an unknown text): there only the lease decides.
 */
export function ownerIsGone(owner: string): boolean {
  const parts = OWNER.exec(owner)?.groups;
  if (parts === undefined || parts["host"] !== thisHost()) return false;
  const pid = Number(parts["pid"]);
  if (!isAlive(pid)) return true;
  // The number may belong to a younger process by now: the time it started tells them apart.
  const start = startOf(pid);
  return start !== undefined && parts["start"] !== "0" && String(start) !== parts["start"];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, but belongs to another user.
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
  const state = processStat(pid)?.[0];
  // A killed process whose parent has not looked yet still answers signals.
  return state !== "Z" && state !== "X";
}

/** When the process started, in clock ticks since boot; undefined where the system does not say. */
function startOf(pid: number): number | undefined {
  const start = processStat(pid)?.[19];
  return start === undefined ? undefined : Number(start);
}

/** The fields of proc(5) `stat` that follow the program's name, which may itself hold spaces and brackets. */
function processStat(pid: number): readonly string[] | undefined {
  const stat = readSystemFile(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
}

let host: string | undefined;

/**
 * The host's name and, on Linux, a mark of this boot and this container: containers may share a name and a folder, and the same
 * process number means another process in each of them and after each boot.
 */
function thisHost(): string {
  if (host === undefined) {
    const boot = `${readSystemFile("/proc/sys/kernel/random/boot_id") ?? ""}${readSystemLink("/proc/self/ns/pid") ?? ""}`;
    const mark = sha256(boot).slice(0, 8);
    host = `${hostname().replaceAll("/", "-") || "localhost"}+${mark}`;
  }
  return host;
}

function readSystemFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Not Linux, or the process ended meanwhile.
    return undefined;
  }
}

function readSystemLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // Not Linux.
    return undefined;
  }
}
