import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { createConnection } from "node:net";
import { dirname, join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { awaitAnswer } from "./await-answer.ts";
import { findDocker, startContainer } from "./container.ts";
import { findBinaries } from "./find-binaries.ts";
import { startGuarded } from "./guarded-process.ts";
import { startOwn, thisMachine } from "./provision.ts";
import { askRedis } from "./redis-server.ts";
import { serverFolder } from "./server-folder.ts";
import type { TestAddresses } from "./test-addresses.ts";

// What a developer sees: the servers of a test run are gone however the run ended.
test.each(["SIGKILL", "SIGINT", "SIGHUP", "SIGTERM"] as const)(
  "no server outlives a test run that %s ends",
  async (signal) => {
    const program = join(import.meta.dirname, "programs/hold-servers.ts");
    const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    const { postgres, redis } = await addressesOf(child);
    expect(await listens(postgres)).toBe(true);
    expect(await listens(redis)).toBe(true);

    child.kill(signal);
    await once(child, "exit");
    await expect
      .poll(() => Promise.all([listens(postgres), listens(redis)]), { timeout: 10_000 })
      .toEqual([false, false]);
  },
);

test("stopping a server a second time changes nothing", async () => {
  const server = await startOwn("redis");
  await server.stop();
  await server.stop();
  expect(await listens(server.url)).toBe(false);
});

test("a server that cannot start tells why", async () => {
  const folder = await serverFolder("broken");
  const server = startGuarded({ command: ["/bin/sh", "-c", "echo disk on fire; exit 3"], folder, signal: "TERM" });
  await expect(awaitAnswer(server, () => Promise.reject(new Error("no answer")))).rejects.toThrow("disk on fire");
  await server.stop();
  expect(existsSync(folder)).toBe(false);
});

test("Docker is used when neither an address nor a program is there", async () => {
  const { places } = thisMachine();
  const programs = findBinaries(["redis-server"], places);
  const docker = join(await serverFolder("docker"), "docker");
  onTestFinished(() => rm(dirname(docker), { recursive: true }));
  // Takes `docker run … --publish 127.0.0.1:<port>:6379 … redis:7 redis-server …` and runs that very command here.
  const script = `#!/bin/sh
[ "$1" = info ] && exit 0
while [ "$1" != --publish ]; do shift; done
port=\${2#127.0.0.1:}; port=\${port%:6379}
while [ "$1" != redis:7 ]; do shift; done
shift 2
exec "${programs}/redis-server" --port "$port" "$@"
`;
  await writeFile(docker, script, { mode: 0o755 });
  const found = await findDocker({ path: dirname(docker), root: "/nowhere" });
  expect(found).toBe(docker);
  const server = await startContainer(docker, "redis");
  expect(server.origin).toBe("container of redis:7");
  expect(await askRedis(server.url)).toMatch(/^\d/);
  await server.stop();
  expect(await listens(server.url)).toBe(false);
});

async function addressesOf(child: ChildProcess): Promise<TestAddresses> {
  if (child.stdout === null) throw new Error("The program has no output");
  for await (const line of createInterface({ input: child.stdout })) {
    // The program itself wrote this line.
    if (line.startsWith("{")) return JSON.parse(line) as TestAddresses;
  }
  throw new Error("The program ended before its servers were open");
}

async function listens(url: string): Promise<boolean> {
  const { port } = new URL(url);
  const socket = createConnection({ host: "127.0.0.1", port: Number(port) });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false; // refused: nobody is there any more
  } finally {
    socket.destroy();
  }
}
