import type { Usage } from "../core/events.ts";
import type { JsonObject } from "../core/json.ts";
import type { ModelPrice } from "./price-list.ts";

export type ModelMessage =
  | { readonly role: "system" | "user"; readonly content: string }
  | { readonly role: "assistant"; readonly content: string; readonly toolCalls?: readonly ToolCall[] }
  /** What became of one of the calls that the assistant message before it asked for. */
  | { readonly role: "tool"; readonly content: string; readonly toolCallId: string };

/** A tool call as a model wrote it; nothing about it is checked yet. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** The arguments as the model's own text, which should be a JSON object. */
  readonly arguments: string;
}

/** A tool as a model is told of it. */
export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  /** JSON schema of the arguments, an object. `strict` = it keeps to the subset that strict structured output allows. */
  readonly parameters: JsonObject;
  readonly strict: boolean;
}

/** A recalled passage: its text and where it is from. Already part of the messages; repeated here as data. */
export interface ModelPassage {
  readonly text: string;
  readonly meta: JsonObject;
}

export interface ModelRequest {
  readonly messages: readonly ModelMessage[];
  /** The answer must be an object of this JSON schema. `strict` = the schema keeps to the subset that strict structured output allows. */
  readonly output: { readonly name: string; readonly schema: JsonObject; readonly strict: boolean };
  /** The variables that the messages were rendered with. Language models read the messages; `offline()` reads these. */
  readonly input: JsonObject;
  readonly passages: readonly ModelPassage[];
  /** Settings from the prompt file (temperature, maxOutputTokens …). */
  readonly settings: JsonObject;
  /** The tools that may be called instead of answering. @default none */
  readonly tools?: readonly ToolDescription[];
}

/** `tool_calls` = the model waits for the results of its `toolCalls`; its text is then no answer. */
export type FinishReason = "stop" | "tool_calls" | "length" | "refusal" | "content_filter";

export interface ModelResponse {
  /** The raw text of the answer. */
  readonly text: string;
  readonly finish: FinishReason;
  /** Present and not empty exactly when `finish` is `tool_calls`. */
  readonly toolCalls?: readonly ToolCall[];
  readonly usage: Usage;
  /** The model that answered, as the provider names it. */
  readonly model: string;
  /** What a user should know of this call, such as a setting that was not sent. */
  readonly notes?: readonly string[];
  /** True when the endpoint did not say how many tokens it took: `usage` is then 0 and means nothing. */
  readonly usageMissing?: true;
  /** What the call cost in US dollars; absent when that is unknown. */
  readonly costUsd?: number;
  /** Ref of the model that was asked, where several may be. @default the ref of the model */
  readonly ref?: string;
  /** True when the built-in prices do not hold for this call, such as in another service tier. */
  readonly offList?: true;
  /** Models that were asked before and gave no answer, in their order. */
  readonly skipped?: readonly SkippedModel[];
}

export interface SkippedModel {
  readonly model: string;
  readonly reason: string;
}

/** A model as a price table knows it. */
export interface ModelOffer {
  readonly ref: string;
  /** Its name in the built-in table; absent where those prices do not hold, such as at another provider. */
  readonly listed?: string;
  /** What it costs, once that is known. */
  readonly price?: ModelPrice;
}

export interface GenerateOptions {
  readonly signal?: AbortSignal;
  /** Receives the answer's text as it arrives. */
  readonly onToken?: (text: string) => void;
  /** The call is made again after a cut: the text received so far is void. */
  readonly onRestart?: () => void;
}

/** A model that answers a rendered prompt with one JSON object, or asks for tools first. */
export interface Model {
  /** Name and settings as a reader knows them: `openai/gpt-5-mini`, `offline`. */
  readonly ref: string;
  /** Everything about this model that its answers depend on, beside the request. Part of every journal key; pinned on the run. */
  readonly settings: JsonObject;
  /** False where asking again to mend an answer that does not fit its schema cannot help. @default true */
  readonly mendsAnswers?: boolean;
  /** The models that may answer, for their prices. @default itself, without a place in the built-in table */
  readonly offers?: readonly ModelOffer[];
  /** False where the wording of the messages decides nothing, only `input` and `passages`: no change of a prompt can be judged on it. @default true */
  readonly readsPrompts?: boolean;
  /** Throws `model-key-missing` when the model cannot be used at all; makes no call. */
  check(): void;
  /** Proves that the model answers, without a paid generation; resolves with a short description. */
  probe(signal?: AbortSignal): Promise<string>;
  /** Throws `ModelError`; never retries by itself beyond its configured policy. */
  generate(request: ModelRequest, options?: GenerateOptions): Promise<ModelResponse>;
}
