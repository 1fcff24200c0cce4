import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import pg from "pg";

import { awaitAnswer } from "./await-answer.ts";
import { freePort } from "./free-port.ts";
import { startGuarded } from "./guarded-process.ts";
import { serverFolder } from "./server-folder.ts";
import type { TestServer } from "./server.ts";
import { unprivilegedUser } from "./unprivileged-user.ts";

const LOCALE = process.platform === "darwin" ? "en_US.UTF-8" : "C.UTF-8";
const ATTEMPTS = 3;

/** What makes tests fast and must not stand in a benchmark: nothing survives a crash of the machine. */
const NOT_DURABLE = ["fsync=off", "full_page_writes=off"];

/**
 * Starts a PostgreSQL of its own from the programs in `binaries`: loopback TCP only, a random password, no fsync unless it is to be durable.
 * Tests that kill or fill a server call this for themselves. Throws with the server's own words when it does not start.
 */
export async function startPostgres(
  binaries: string,
  { durable = false }: { readonly durable?: boolean } = {},
): Promise<TestServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(binaries, durable ? [] : NOT_DURABLE);
    } catch (error) {
      // Another program may have taken the port in the meantime.
      if (attempt === ATTEMPTS || !String(error).includes("in use")) throw error;
    }
  }
}

/** Resolves when the PostgreSQL at `url` answers a query, with its version. */
export async function askPostgres(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const { rows } = await client.query<{ server_version: string }>("show server_version");
    return rows[0]?.server_version.split(" ")[0] ?? "of unknown version";
  } finally {
    await client.end();
  }
}

async function start(binaries: string, speed: readonly string[]): Promise<TestServer> {
  const user = unprivilegedUser();
  const folder = await serverFolder("postgres", user);
  const password = randomBytes(12).toString("hex");
  const passwordFile = join(folder, "password");
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) await chown(passwordFile, user.uid, user.gid);

  const data = join(folder, "data");
  await promisify(execFile)(
    join(binaries, "initdb"),
    [
      "-D",
      data,
      "-U",
      "postgres",
      "-A",
      "scram-sha-256",
      `--pwfile=${passwordFile}`,
      "-E",
      "UTF8",
      `--locale=${LOCALE}`,
      "-N",
    ],
    { cwd: folder, env: { ...process.env, LC_ALL: LOCALE }, ...user },
  );

  const port = await freePort();
  const settings = [...speed, "max_connections=200", "listen_addresses=127.0.0.1"];
  const server = startGuarded({
    command: [
      join(binaries, "postgres"),
      "-D",
      data,
      "-p",
      String(port),
      "-k",
      "",
      ...settings.flatMap((one) => ["-c", one]),
    ],
    folder,
    signal: "QUIT",
    ...(user === undefined ? {} : { user }),
  });
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  try {
    await awaitAnswer(server, async () => void (await askPostgres(url)));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { url, origin: `started from ${binaries}`, stop: server.stop };
}
