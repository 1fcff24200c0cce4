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
import { newRunId, parseSessionId, parseThreadId, DEFAULT_TENANT } from "../core/ids.ts";

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
  const figures = {
    /** 200 texts at old commits through one Git child, its start included. */
    oldReadsMs: await oldReads(),
    /** One rendering, compiled before. */
    renderP50Ms: median(renderTimes(library)),
    /** 100 prompts from disk, Git asked, every prompt parsed and compiled. */
    coldLoadMs: await coldLoad(),
    /** What 20 pinned prompts add to the statement that stores a new run. */
    pinMs: await pinCost(library),
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

async function oldReads(): Promise<number> {
  const ids = oldIds();
  const times: number[] = [];
  for (let turn = 0; turn < ROUNDS; turn += 1) times.push(await timed(() => readAll(ids)));
  return median(times);
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

/** In a process of its own, whose start is not counted: nothing is compiled or cached there. */
async function coldLoad(): Promise<number> {
  const program = `
    const { PromptLibrary } = await import(process.argv[1]);
    const startedAt = performance.now();
    const library = await PromptLibrary.load([process.argv[2]]);
    for (const name of library.names()) library.pin(name);
    console.log(performance.now() - startedAt);`;
  const url = new URL("../dist/prompts/library.js", import.meta.url).href;
  const runs = Array.from({ length: 5 }, () =>
    Number(execFileSync(process.execPath, ["--input-type=module", "-e", program, url, folder], { encoding: "utf8" })),
  );
  return round(Math.min(...runs));
}

/** The same run stored with 20 prompts and with none, by turns. */
async function pinCost(library: PromptLibrary): Promise<number> {
  const store = await openStore({ folder: join(folder, ".baton") });
  try {
    const differences: number[] = [];
    for (let turn = 0; turn < ROUNDS; turn += 1) {
      const without = await timed(() => storeRun(store, library, []));
      const pinned = await timed(() => storeRun(store, library, library.names().slice(0, PINNED)));
      differences.push(pinned - without);
    }
    return median(differences);
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

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
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
