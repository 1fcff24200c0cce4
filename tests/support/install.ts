import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { findBinaries, type Places } from "./find-binaries.ts";

const PACKAGES = { postgres: "postgresql", redis: "redis-server" } as const;

export type ServerName = keyof typeof PACKAGES;

/** What the installer needs to know of the machine. */
export type Machine = { readonly places: Places; readonly environment: NodeJS.ProcessEnv; readonly isRoot: boolean };

/** The commands that put the missing servers on a Debian machine, as one would type them. */
export function installCommands(missing: readonly ServerName[]): readonly string[] {
  const packages = missing.map((name) => PACKAGES[name]).join(" ");
  return ["apt-get update", `apt-get install --yes --no-install-recommends ${packages}`];
}

/** Whether this process may install packages: root on Debian or its kin, and not told otherwise. */
export function mayInstall({ places, environment, isRoot }: Machine): boolean {
  const optedOut = (environment["BATON_TEST_NO_INSTALL"] ?? "") !== "";
  const isDebian = existsSync(join(places.root, "etc/debian_version"));
  return isRoot && !optedOut && isDebian && findBinaries(["apt-get"], places) !== undefined;
}

/**
 * Installs the missing servers with apt-get, which it prints first. No system service starts: Debian's policy file says
 * so while packages are set up, and is removed afterwards. Throws with the end of the output when a command fails.
 */
export function install(missing: readonly ServerName[], { places, environment }: Machine): void {
  const policy = join(places.root, "usr/sbin/policy-rc.d");
  const ownPolicy = !existsSync(policy);
  if (ownPolicy) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    for (const command of installCommands(missing)) {
      process.stdout.write(`tests: ${missing.join(" and ")} not found, installing: ${command}\n`);
      run(command, { ...environment, DEBIAN_FRONTEND: "noninteractive" });
    }
  } finally {
    if (ownPolicy) rmSync(policy, { force: true });
  }
}

function run(command: string, environment: NodeJS.ProcessEnv): void {
  // Another package manager may hold the lock, for example the updates of a machine that just started.
  const waiting = command.replace("apt-get", "apt-get -o DPkg::Lock::Timeout=120");
  const { status, stdout, stderr, error } = spawnSync("/bin/sh", ["-c", waiting], {
    encoding: "utf8",
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) {
    const output = `${stdout}\n${stderr}`.trim().split("\n").slice(-12).join("\n");
    throw new Error(`\`${command}\` failed with exit code ${status ?? "none"}:\n${output}`, { cause: error });
  }
}
