import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";

import { awaitAnswer } from "./await-answer.ts";
import { findBinaries, type Places } from "./find-binaries.ts";
import { freePort } from "./free-port.ts";
import { startGuarded } from "./guarded-process.ts";
import type { ServerName } from "./install.ts";
import { askPostgres } from "./postgres-server.ts";
import { askRedis } from "./redis-server.ts";
import { serverFolder } from "./server-folder.ts";
import type { TestServer } from "./server.ts";

/** Returns the `docker` program when a daemon answers it. A program without a daemon is common and does not count. */
export async function findDocker(places: Places): Promise<string | undefined> {
  const folder = findBinaries(["docker"], places);
  if (folder === undefined) return undefined;
  const docker = join(folder, "docker");
  try {
    await promisify(execFile)(docker, ["info", "--format", "{{.ServerVersion}}"], { timeout: 10_000 });
    return docker;
  } catch {
    return undefined; // no daemon, or no right to use it
  }
}

/** Runs a server in a container that is removed when it ends, at the latest when this process does. */
export async function startContainer(docker: string, name: ServerName): Promise<TestServer> {
  const port = await freePort();
  const password = randomBytes(12).toString("hex");
  const { image, options, command, url, ask } = recipe(name, port, password);
  const folder = await serverFolder(`${name}-container`);
  const server = startGuarded({
    command: [docker, "run", "--rm", ...options, image, ...command],
    folder,
    // The client passes signals on; PostgreSQL takes TERM for "when all have left".
    signal: "INT",
  });
  try {
    await awaitAnswer(server, async () => void (await ask(url)), { patienceMs: 300_000 });
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { url, origin: `container of ${image}`, stop: server.stop };
}

function recipe(name: ServerName, port: number, password: string) {
  switch (name) {
    case "postgres":
      return {
        image: "pgvector/pgvector:pg17",
        options: ["--publish", `127.0.0.1:${port}:5432`, "--env", `POSTGRES_PASSWORD=${password}`],
        command: ["-c", "fsync=off", "-c", "max_connections=200"],
        url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
        ask: askPostgres,
      };
    case "redis":
      return {
        image: "redis:7",
        options: ["--publish", `127.0.0.1:${port}:6379`],
        command: ["redis-server", "--save", "", "--requirepass", password],
        url: `redis://:${password}@127.0.0.1:${port}`,
        ask: askRedis,
      };
  }
}
