import { findDocker, startContainer } from "./container.ts";
import { findBinaries } from "./find-binaries.ts";
import { install, installCommands, type Machine, mayInstall, type ServerName } from "./install.ts";
import { askPostgres, startPostgres } from "./postgres-server.ts";
import { askRedis, startRedis } from "./redis-server.ts";
import type { TestServer } from "./server.ts";

export type Servers = { readonly postgres: TestServer; readonly redis: TestServer };

const SERVERS = {
  postgres: {
    variable: "BATON_TEST_DATABASE_URL",
    programs: ["initdb", "postgres"],
    start: startPostgres,
    ask: askPostgres,
  },
  redis: { variable: "BATON_TEST_REDIS_URL", programs: ["redis-server"], start: startRedis, ask: askRedis },
} as const;

/**
 * Finds or starts a real PostgreSQL and a real Redis: a given URL, programs on this machine, apt-get, Docker, in this
 * order. One line per server says where it came from. Throws with the commands to type when nothing works.
 */
export async function provision(machine: Machine): Promise<Servers> {
  const missing = (["postgres", "redis"] as const).filter(
    (name) => !isGiven(name, machine) && !programsOf(name, machine),
  );
  if (missing.length > 0 && mayInstall(machine)) install(missing, machine);
  const [postgres, redis] = await Promise.allSettled([obtain("postgres", machine), obtain("redis", machine)]);
  if (postgres.status === "fulfilled" && redis.status === "fulfilled")
    return { postgres: postgres.value, redis: redis.value };

  const reasons: string[] = [];
  for (const outcome of [postgres, redis]) {
    if (outcome.status === "fulfilled") await outcome.value.stop();
    else reasons.push(outcome.reason instanceof Error ? outcome.reason.message : String(outcome.reason));
  }
  throw new Error(reasons.join("\n\n"));
}

/**
 * Starts a server that this test alone uses and may kill, flush or fill, also when the servers of the run were given.
 * The caller stops it; it never outlives this process.
 */
export async function startOwn(name: ServerName): Promise<TestServer> {
  const machine = thisMachine();
  if (!programsOf(name, machine) && mayInstall(machine)) install([name], machine);
  return await start(name, machine);
}

/** The machine that the tests run on. */
export function thisMachine(): Machine {
  const environment = process.env;
  return { environment, places: { path: environment["PATH"] ?? "", root: "/" }, isRoot: process.getuid?.() === 0 };
}

async function obtain(name: ServerName, machine: Machine): Promise<TestServer> {
  const begun = performance.now();
  const server = await (isGiven(name, machine) ?? start(name, machine));
  const version = await askGiven(name, server);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  process.stdout.write(`tests: ${name} ${version}, ${server.origin} (${seconds} s)\n`);
  return server;
}

function isGiven(name: ServerName, { environment }: Machine): TestServer | undefined {
  const { variable } = SERVERS[name];
  const url = environment[variable];
  return url === undefined || url === "" ? undefined : { url, origin: `given by ${variable}`, stop: async () => {} };
}

function programsOf(name: ServerName, { places }: Machine): string | undefined {
  return findBinaries(SERVERS[name].programs, places);
}

async function start(name: ServerName, machine: Machine): Promise<TestServer> {
  const binaries = programsOf(name, machine);
  if (binaries !== undefined && process.platform !== "win32") return await SERVERS[name].start(binaries);
  const docker = await findDocker(machine.places);
  if (docker !== undefined) return await startContainer(docker, name);
  throw new Error(howToInstall(name));
}

async function askGiven(name: ServerName, server: TestServer): Promise<string> {
  try {
    return await SERVERS[name].ask(server.url);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message || String(cause) : String(cause);
    throw new Error(`The ${name} server ${server.origin} does not answer: ${words}`, { cause });
  }
}

function howToInstall(name: ServerName): string {
  const { variable } = SERVERS[name];
  const [title, formula] = name === "postgres" ? ["PostgreSQL", "postgresql@17"] : ["Redis", "redis"];
  const scheme = name === "postgres" ? "postgres://user:password@host:5432/postgres" : "redis://host:6379";
  return [
    `The tests need a real ${title}, and none was found. Do one of these, then run them again:`,
    `  Debian, Ubuntu   ${installCommands([name])
      .map((command) => `sudo ${command}`)
      .join(" && ")}`,
    `  macOS            brew install ${formula}`,
    `  Docker           start it; the tests then run a container`,
    `  a server of yours, in which the tests may create and drop databases or keys of their own`,
    `                   export ${variable}=${scheme}`,
  ].join("\n");
}
