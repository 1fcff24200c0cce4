import type { Usage } from "./events.ts";
import type { JsonObject } from "./json.ts";

/** What wrote a value: an agent, a plain function, the run's input, or a person, a reducer or a migration. */
export type WriterKind = "agent" | "step" | "input" | "human" | "reducer" | "migration";

/** A version of a field: LangGraph counts them per thread. */
export type FieldVersion = string | number;

export interface PromptUse {
  /** `name@<blob id>`: `baton prompts show` prints exactly this text. */
  readonly ref: string;
  /** Hash of all that the prompt is made of. */
  readonly closure: string;
}

export interface ModelUse {
  readonly ref: string;
  /** First 16 digits of the SHA-256 of the model's settings, which are pinned on the run. */
  readonly settings: string;
  /** Refs of the models that were asked before it and gave no answer. */
  readonly insteadOf?: readonly string[];
}

/** One call of a tool, or of a function by `call()` or `once()`. Digests are the first 16 digits of a SHA-256. */
export interface CallUse {
  readonly name: string;
  /** How the call ended: `done`, or what went wrong. */
  readonly outcome: string;
  readonly arguments: string;
  readonly result: string;
  /** First 16 digits of its key in the journal; "" where there is none. */
  readonly key: string;
}

/** What a task's writes were made from. Stored in the same statement as the writes, under the same fence. */
export interface TaskProvenance {
  readonly run: string;
  readonly step: number;
  /** Undefined where only the run's events name it. */
  readonly node: string | undefined;
  readonly attempt: number;
  readonly kind: "agent" | "step" | "input";
  /** Names of the fields that were written. */
  readonly writes: readonly string[];
  /** The fields that were read, with their versions; undefined for a plain function, which sees the whole state. */
  readonly reads: Readonly<Record<string, FieldVersion | null>> | undefined;
  readonly prompts: readonly PromptUse[];
  readonly models: readonly ModelUse[];
  /** Tokens of the model calls that the writes come from, whether paid now or read back. */
  readonly usage: Usage | undefined;
  /** What those calls cost in US dollars when they were made; undefined when that is unknown. */
  readonly costUsd: number | undefined;
  readonly calls: readonly CallUse[];
  /** Each recall: which layers were asked and why, and what came back. */
  readonly recalls: readonly JsonObject[];
  /** Place of the packet by which another node called this one; its input is that packet and not the state. */
  readonly packet: number | undefined;
  /** How many packets the task sent to other nodes. */
  readonly packetsSent: number;
}

/** What is left out of the stored text when it says nothing. Keys are short: one is stored with every step. */
export interface StoredProvenance {
  readonly r: string;
  readonly s: number;
  readonly n?: string;
  readonly a?: number;
  readonly k?: "a" | "i";
  readonly w?: readonly string[];
  readonly v?: Readonly<Record<string, FieldVersion | null>>;
  readonly p?: readonly (readonly [ref: string, closure: string])[];
  readonly m?: readonly (readonly [ref: string, settings: string, ...insteadOf: readonly string[]])[];
  readonly u?: readonly [input: number, output: number, cached?: number];
  readonly c?: number;
  readonly t?: readonly (readonly string[])[];
  readonly q?: readonly JsonObject[];
  readonly x?: number;
  readonly y?: number;
}

/** What is stored beside a task's writes, as JSON. */
export function encodeProvenance(task: TaskProvenance): StoredProvenance {
  const { prompts, models, usage, calls, recalls } = task;
  return {
    r: task.run,
    s: task.step,
    ...(task.node === undefined ? {} : { n: task.node }),
    ...(task.attempt === 1 ? {} : { a: task.attempt }),
    ...(task.kind === "step" ? {} : { k: task.kind === "agent" ? "a" : "i" }),
    ...(task.writes.length === 0 ? {} : { w: task.writes }),
    ...(task.reads === undefined ? {} : { v: task.reads }),
    ...(prompts.length === 0 ? {} : { p: prompts.map(({ ref, closure }) => [ref, closure] as const) }),
    ...(models.length === 0
      ? {}
      : { m: models.map(({ ref, settings, insteadOf = [] }) => [ref, settings, ...insteadOf] as const) }),
    ...(usage === undefined ? {} : { u: usageNumbers(usage) }),
    ...(task.costUsd === undefined ? {} : { c: task.costUsd }),
    ...(calls.length === 0 ? {} : { t: calls.map((call) => callTexts(call)) }),
    ...(recalls.length === 0 ? {} : { q: recalls }),
    ...(task.packet === undefined ? {} : { x: task.packet }),
    ...(task.packetsSent === 0 ? {} : { y: task.packetsSent }),
  };
}

function usageNumbers({ inputTokens, outputTokens, cachedInputTokens }: Usage): StoredProvenance["u"] & object {
  return cachedInputTokens === undefined ? [inputTokens, outputTokens] : [inputTokens, outputTokens, cachedInputTokens];
}

function callTexts(call: CallUse): readonly string[] {
  return [call.name, call.outcome, call.arguments, call.result, call.key];
}

/** Reads the text of what `encodeProvenance` made. */
export function decodeProvenance(text: string): TaskProvenance {
  const stored = JSON.parse(text) as StoredProvenance;
  return {
    run: stored.r,
    step: stored.s,
    node: stored.n,
    attempt: stored.a ?? 1,
    kind: stored.k === undefined ? "step" : stored.k === "a" ? "agent" : "input",
    writes: stored.w ?? [],
    reads: stored.v,
    prompts: (stored.p ?? []).map(([ref, closure]) => ({ ref, closure })),
    models: (stored.m ?? []).map(([ref, settings, ...insteadOf]) => ({
      ref,
      settings,
      ...(insteadOf.length === 0 ? {} : { insteadOf }),
    })),
    usage: stored.u === undefined ? undefined : usageOf(stored.u),
    costUsd: stored.c,
    calls: (stored.t ?? []).map(([name = "", outcome = "", args = "", result = "", key = ""]) => ({
      name,
      outcome,
      arguments: args,
      result,
      key,
    })),
    recalls: stored.q ?? [],
    packet: stored.x,
    packetsSent: stored.y ?? 0,
  };
}

function usageOf([inputTokens, outputTokens, cachedInputTokens]: StoredProvenance["u"] & object): Usage {
  return { inputTokens, outputTokens, ...(cachedInputTokens === undefined ? {} : { cachedInputTokens }) };
}
