// Measures prompts: reading old versions, rendering, loading a folder and what pins add to a start: `npm run bench:prompts [-- --json]`.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";

import { compilePrompt } from "../prompts/compile.ts";
import { openGitObjects } from "../prompts/git-objects.ts";
import { PromptLibrary } from "../prompts/library.ts";
import { toRunPins } from "../runs/pins.ts";
import { openStore } from "../store/connect.ts";
import { parseSessionId, parseThreadId, DEFAULT_TENANT } from "../core/ids.ts";
import { newRunId } from "../core/new-run-id.ts";

const PROMPTS = 100;
const COMMITS = 20;
const READS = 200;
const RENDERS = 2000;
const PINNED = 20;
const ROUNDS = 15;

const folder = mkdtempSync(join(tmpdir(), "baton-bench-"));
try {
  makeRepository();
  const library = await PromptLibrary.load([folder]);
  for (const name of library.names()) library.pin(name);
  const oldReads = await readOld();
  const render = median(renderTimes(library));
  const cold = coldLoad();
  const pins = await pinCost(library);
  const figures = {
    /** 200 texts at old commits through one Git child, its start included; Git's own time is not in the processor time. */
    oldReadsMs: oldReads.wallMs,
    oldReadsCpuMs: oldReads.cpuMs,
    /** One rendering, compiled before. */
    renderP50Ms: render,
    /** 100 prompts from disk, Git asked. */
    coldReadMs: cold.read.wallMs,
    coldReadCpuMs: cold.read.cpuMs,
    /** The same, with the parsers loaded and every prompt parsed, checked and pinned. */
    coldLoadMs: cold.pinned.wallMs,
    coldLoadCpuMs: cold.pinned.cpuMs,
    /** A yardstick for the machine: what `import "@langchain/langgraph"` takes in such a process. */
    importCpuMs: cold.yardstick.cpuMs,
    /** What 20 pinned prompts add to the statement that stores a new run. */
    pinMs: pins.wallMs,
    pinCpuMs: pins.cpuMs,
  };
  const environment = { node: process.version, cpus: cpus().length, platform: process.platform, rounds: ROUNDS };
  if (process.argv.includes("--json")) console.log(JSON.stringify({ figures, environment }));
  else console.table(figures);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function makeRepository(): void {
  git("init", "-q");
  for (let commit = 0; commit < COMMITS; commit += 1) {
    mkdirSync(join(folder, "area"), { recursive: true });
    for (let at = commit === 0 ? 0 : commit; at < PROMPTS; at += commit === 0 ? 1 : COMMITS) {
      writeFileSync(join(folder, "area", `p${at}.prompt`), promptText(at, commit));
    }
    writeFileSync(join(folder, "_style.prompt"), `Write plain sentences (${commit}).\n`);
    git("add", "-A");
    git("commit", "-q", "-m", `Commit ${commit}`);
  }
  git("gc", "-q");
}

function promptText(at: number, commit: number): string {
  const lines = Array.from({ length: 20 }, (_, line) => `Rule ${line} of prompt ${at}, version ${commit}: be exact.`);
  return `---
description: Prompt ${at}.
input:
  schema:
    topic: string
    facts(array):
      claim: string
      source?: string
---
{{role "system"}}
${lines.join("\n")}
{{> style}}
{{role "user"}}
Topic: {{topic}}
{{#each facts}}
- {{claim}}{{#if source}} ({{source}}){{/if}}
{{/each}}
`;
}

/** On a busy machine only the processor time says something. */
interface Times {
  readonly wallMs: number;
  readonly cpuMs: number;
}

async function readOld(): Promise<Times> {
  const ids = oldIds();
  const times: Times[] = [];
  for (let turn = 0; turn < ROUNDS; turn += 1) times.push(await timed(() => readAll(ids)));
  return medians(times);
}

async function readAll(ids: readonly string[]): Promise<void> {
  using objects = openGitObjects(folder);
  const texts = await Promise.all(ids.map((id) => objects.read(id)));
  if (texts.includes(undefined)) throw new Error("an object is missing");
}

/** 200 different texts, those of the older commits among them. */
function oldIds(): readonly string[] {
  return git("rev-list", "--objects", "--all")
    .split("\n")
    .flatMap((line) => (line.endsWith(".prompt") ? [line.slice(0, 40)] : []))
    .slice(-READS);
}

function renderTimes(library: PromptLibrary): readonly number[] {
  const prompt = compilePrompt(library.pin("area/p7"));
  const facts = Array.from({ length: 10 }, (_, at) => ({ claim: `Fact ${at} is a fact.`, source: `s${at}.md` }));
  return Array.from({ length: RENDERS }, () => {
    const startedAt = performance.now();
    prompt.render({ topic: "tea", facts });
    return performance.now() - startedAt;
  });
}

/** In processes of their own, whose start is not counted: nothing is compiled or cached there. The fastest of five says most. */
function coldLoad(): { readonly read: Times; readonly pinned: Times; readonly yardstick: Times } {
  const program = `
    const { PromptLibrary } = await import(process.argv[1]);
    const startedAt = performance.now();
    const before = process.cpuUsage();
    const lap = () => {
      const { user, system } = process.cpuUsage(before);
      return { wallMs: performance.now() - startedAt, cpuMs: (user + system) / 1000 };
    };
    const library = await PromptLibrary.load([process.argv[2]]);
    const read = lap();
    for (const name of library.names()) library.pin(name);
    console.log(JSON.stringify({ read, pinned: lap() }));`;
  const yardstick = `
    const before = process.cpuUsage();
    await import("@langchain/langgraph");
    const { user, system } = process.cpuUsage(before);
    console.log(JSON.stringify({ wallMs: performance.now(), cpuMs: (user + system) / 1000 }));`;
  const url = new URL("../dist/prompts/library.js", import.meta.url).href;
  const loads = Array.from({ length: 5 }, () => inProcess<{ read: Times; pinned: Times }>(program, url, folder));
  const imports = Array.from({ length: 5 }, () => inProcess<Times>(yardstick));
  return {
    read: fastest(loads.map(({ read }) => read)),
    pinned: fastest(loads.map(({ pinned }) => pinned)),
    yardstick: fastest(imports),
  };
}

function inProcess<T>(program: string, ...args: readonly string[]): T {
  const flags = ["--input-type=module", "-e", program, ...args];
  // What the programs above print.
  return JSON.parse(execFileSync(process.execPath, flags, { encoding: "utf8" })) as T;
}

/** The same run stored with 20 prompts and with none, by turns. */
async function pinCost(library: PromptLibrary): Promise<Times> {
  const store = await openStore({ folder: join(folder, ".baton") });
  try {
    const differences: Times[] = [];
    for (let turn = 0; turn < ROUNDS; turn += 1) {
      const without = await timed(() => storeRun(store, library, []));
      const pinned = await timed(() => storeRun(store, library, library.names().slice(0, PINNED)));
      differences.push({ wallMs: pinned.wallMs - without.wallMs, cpuMs: pinned.cpuMs - without.cpuMs });
    }
    return medians(differences);
  } finally {
    await store.close();
  }
}

async function storeRun(
  store: Awaited<ReturnType<typeof openStore>>,
  library: PromptLibrary,
  names: readonly string[],
): Promise<void> {
  const { prompts, blobs } = toRunPins(names.map((name) => library.pin(name)));
  const id = newRunId();
  await store.runs.create(
    {
      id,
      tenant: DEFAULT_TENANT,
      workflow: "bench",
      thread: parseThreadId(id),
      session: parseSessionId(id),
      input: {},
      pins: { prompts, model: { ref: "bench", settings: {} }, fingerprint: "bench" },
    },
    blobs,
  );
}

async function timed(work: () => Promise<unknown>): Promise<Times> {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wallMs: performance.now() - startedAt, cpuMs: (user + system) / 1000 };
}

function medians(times: readonly Times[]): Times {
  return { wallMs: median(times.map(({ wallMs }) => wallMs)), cpuMs: median(times.map(({ cpuMs }) => cpuMs)) };
}

function fastest(times: readonly Times[]): Times {
  return {
    wallMs: round(Math.min(...times.map(({ wallMs }) => wallMs))),
    cpuMs: round(Math.min(...times.map(({ cpuMs }) => cpuMs))),
  };
}

function git(...args: readonly string[]): string {
  const identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.com"];
  return execFileSync("git", [...identity, "-C", folder, ...args], { encoding: "utf8" });
}

function median(values: readonly number[]): number {
  return round(values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN);
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
