import { execFile } from "node:child_process";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import pg from "pg";

import { awaitAnswer } from "./await-answer.ts";
import { findBinaries } from "./find-binaries.ts";
import { startGuarded } from "./guarded-process.ts";
import { askPostgres } from "./postgres-server.ts";
import { startOwn, thisMachine } from "./provision.ts";
import { serverFolder } from "./server-folder.ts";
import type { TestServer } from "./server.ts";
import { unprivilegedUser } from "./unprivileged-user.ts";

/** A PostgreSQL of one test file, which may take it away and bring it back. */
export interface OwnPostgres {
  readonly url: string;
  /** Runs a statement on a connection of its own, as the owner of the server. */
  sql(text: string): Promise<string>;
  /** Ends the server as an administrator who restarts it does, or at once, without storing anything more; what it holds stays. */
  down(mode?: "fast" | "immediate"): Promise<void>;
  /** Starts it again, at the same address. */
  up(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a server of one test file: `const server = await ownPostgres(); afterAll(server.stop);` */
export async function ownPostgres(): Promise<OwnPostgres> {
  const { url, stop } = await startOwn("postgres");
  const binaries = findBinaries(["pg_ctl", "postgres"], thisMachine().places) ?? "";
  const user = unprivilegedUser();
  let data = await ask(url, "show data_directory");
  let running: Pick<TestServer, "stop"> = { stop };

  async function down(mode: "fast" | "immediate" = "fast"): Promise<void> {
    // Whoever watches over a server removes its folder when it ends.
    const folder = await serverFolder("postgres", user);
    await rename(data, join(folder, "data"));
    data = join(folder, "data");
    await promisify(execFile)(join(binaries, "pg_ctl"), ["-D", data, "-w", "-m", mode, "stop"], {
      cwd: "/",
      ...user,
    });
    await running.stop();
  }

  async function up(): Promise<void> {
    const program = [join(binaries, "postgres"), "-D", data, "-p", new URL(url).port, "-k", ""];
    const settings = ["fsync=off", "full_page_writes=off", "listen_addresses=127.0.0.1"];
    const server = startGuarded({
      command: [...program, ...settings.flatMap((one) => ["-c", one])],
      folder: join(data, ".."),
      signal: "QUIT",
      ...(user === undefined ? {} : { user }),
    });
    running = server;
    await awaitAnswer(server, async () => void (await askPostgres(url)));
  }

  return { url, sql: async (text) => await ask(url, text), down, up, stop: async () => await running.stop() };
}

async function ask(url: string, text: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, string>>(text);
    return Object.values(rows[0] ?? {})[0] ?? "";
  } finally {
    await client.end();
  }
}
