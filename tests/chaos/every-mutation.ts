// Switches one guard off after the other in a copy of the sources, and asks of the test that holds it that it turns red.
// npm run test:mutations -- [--json] [--only TEXT] [--report FILE]
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { startOwn } from "../support/provision.ts";
import { type Mutation, MUTATIONS } from "./mutations.ts";
import { environment, table } from "./report.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    report: { type: "string" },
  },
});

const ROOT = resolve(import.meta.dirname, "../..");
const LEFT_OUT = new Set(["node_modules", ".git", ".baton"]);
/** A test that hangs because its guard is off is as red as one that fails. */
const PATIENCE_MS = 180_000;

interface Verdict extends Mutation {
  readonly result: "red" | "survived" | "not red without it" | "hung";
}

const folder = await mkdtemp(join(tmpdir(), "baton-mutations-"));
const servers = await Promise.all([startOwn("postgres"), startOwn("redis")]);
const [postgres, redis] = servers;
const verdicts: Verdict[] = [];
try {
  for (const name of await readdir(ROOT)) {
    if (!LEFT_OUT.has(name)) await cp(join(ROOT, name), join(folder, name), { recursive: true });
  }
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const chosen = MUTATIONS.filter(({ off }) => off.includes(options.only));
  const healthy = new Map<string, boolean>();
  for (const mutation of chosen) {
    const name = `${mutation.test} ${mutation.title}`;
    if (!healthy.has(name)) healthy.set(name, (await run(mutation)) === "green");
    const verdict = { ...mutation, result: healthy.get(name) === true ? await tryOne(mutation) : "not red without it" };
    verdicts.push(verdict as Verdict);
    process.stderr.write(`${verdict.result}: ${verdict.off}\n`);
    await report();
  }
} finally {
  await Promise.all(servers.map(async (server) => await server.stop()));
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = verdicts.some(({ result }) => result !== "red" && result !== "hung") ? 1 : 0;

async function tryOne(mutation: Mutation): Promise<Verdict["result"]> {
  const file = join(folder, mutation.file);
  const source = await readFile(file, "utf8");
  if (source.split(mutation.from).length !== 2)
    throw new Error(`${mutation.file} does not hold this exactly once: ${mutation.from}`);
  await writeFile(
    file,
    source.replace(mutation.from, () => mutation.to),
  );
  try {
    const result = await run(mutation);
    return result === "green" ? "survived" : result;
  } finally {
    await writeFile(file, source);
  }
}

/** Runs the named test in the copy. */
async function run({ test, title }: Mutation): Promise<"green" | "red" | "hung"> {
  const pattern = title.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`).replaceAll(" > ", "( > | )");
  const vitest = join(folder, "node_modules/vitest/vitest.mjs");
  const output = join(folder, "outcome.json");
  await rm(output, { force: true });
  const args = [
    vitest,
    "run",
    test,
    "-t",
    pattern,
    "--testTimeout",
    "60000",
    "--reporter=json",
    `--outputFile=${output}`,
  ];
  const env = {
    ...process.env,
    BATON_TEST_DATABASE_URL: postgres?.url,
    BATON_TEST_REDIS_URL: redis?.url,
    BATON_SIMULATIONS: "3000",
  };
  const ended = await new Promise<{ readonly failed: boolean; readonly hung: boolean }>((done) => {
    execFile(process.execPath, args, { cwd: folder, env, timeout: PATIENCE_MS, maxBuffer: 2 ** 26 }, (error) =>
      done({ failed: error !== null, hung: error?.killed === true }),
    );
  });
  if (ended.hung) return "hung";
  // Written by vitest; without it nothing was run, and that is no answer.
  const outcome = JSON.parse(await readFile(output, "utf8")) as VitestOutcome;
  if (outcome.numFailedTests + outcome.numPassedTests === 0) {
    // Set up by the file itself, before any test: that the guard is off shows there already.
    if (ended.failed && outcome.numFailedTestSuites > 0) return "red";
    throw new Error(`No test of ${test} is called: ${title}`);
  }
  return ended.failed ? "red" : "green";
}

interface VitestOutcome {
  readonly numFailedTests: number;
  readonly numPassedTests: number;
  readonly numFailedTestSuites: number;
}

async function report(): Promise<void> {
  const { date, commit, node, cpus } = environment();
  const red = verdicts.filter(({ result }) => result === "red" || result === "hung").length;
  const text = [
    `# Mutations, ${date}`,
    "",
    `Commit \`${commit}\`, Node ${node}, ${cpus} cores. Command: \`npm run test:mutations\`. ${red} of ${verdicts.length} red.`,
    "",
    "One guard is switched off in a copy of the sources, and the test that holds it is run; without the change it is green.",
    "",
    table([
      ["switched off", "in", "test", "title", "result"],
      ...verdicts.map(({ off, file, test, title, result }) => [off, `\`${file}\``, `\`${test}\``, title, result]),
    ]),
    "",
  ].join("\n");
  if (options.report !== undefined) {
    await mkdir(dirname(options.report), { recursive: true });
    await writeFile(options.report, text);
  }
  if (verdicts.length < MUTATIONS.filter(({ off }) => off.includes(options.only)).length) return;
  const figures = { mutations: verdicts.length, red, survived: verdicts.length - red };
  if (options.json) process.stdout.write(`${JSON.stringify({ figures, environment: environment() })}\n`);
  else process.stdout.write(text);
}
