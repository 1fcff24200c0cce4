import type { JsonObject, JsonValue } from "../../core/json.ts";
import type { CallUse, FieldVersion, ModelUse, PromptUse, WriterKind } from "../../core/provenance.ts";
import type { Usage } from "../../core/events.ts";

export interface Writer {
  /** Undefined for a person, a migration, and the run's input. In a graph inside a node: `outer/inner`. */
  readonly node?: string;
  readonly step: number;
  readonly attempt: number;
  readonly kind: WriterKind;
  /** The run in which it happened: another one for what a fork or a later turn found there. */
  readonly run: string;
  readonly checkpoint?: string;
  readonly task?: string;
  /** Who did it by hand, and why. */
  readonly by?: string;
  readonly reason?: string;
}

/** A person's answer that a task was given. */
export interface GivenAnswer {
  readonly answer: JsonValue;
  readonly by?: string;
  readonly reason?: string;
}

/** Where a value comes from: what wrote it, and from what. */
export interface Why {
  readonly path: string;
  /** What was read, with the version that was read; undefined for the value that was asked about. */
  readonly version?: FieldVersion;
  readonly value: JsonValue;
  /**
   * `exact`: the value stands in what was written. `derived`: a reducer made it, the writer may have seen more than it used, or the values are
   * no longer stored.
   */
  readonly exactness: "exact" | "derived";
  /** Null for a field that nothing ever wrote: it holds its default. */
  readonly writtenBy: Writer | null;
  readonly prompt: PromptUse | null;
  /** The other prompts, when the task used several. */
  readonly morePrompts?: readonly PromptUse[];
  readonly model: ModelUse | null;
  readonly moreModels?: readonly ModelUse[];
  readonly usage: Usage | null;
  readonly costUsd?: number;
  readonly reads: readonly Why[];
  /** Each recall: the route decision and the items that came back. */
  readonly memories: readonly JsonObject[];
  readonly tools: readonly CallUse[];
  readonly answers?: readonly GivenAnswer[];
  /** What was there before, where a reducer added to it or a person replaced it. */
  readonly previous?: Why;
  /** True when what this was made from stands at another place of the tree. */
  readonly repeated?: true;
  /** True when there is more below than was asked for. */
  readonly deeper?: true;
  /** What cannot be known, and why. */
  readonly note?: string;
}

/** Everything of an answer but what it is about. */
export const NOTHING_USED = {
  prompt: null,
  model: null,
  usage: null,
  reads: [],
  memories: [],
  tools: [],
} as const satisfies Partial<Why>;
