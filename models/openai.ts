import type { OpenAI } from "openai";

import { systemClock } from "../core/clock.ts";
import { BatonError } from "../core/errors.ts";
import { assertJson, isJsonObject, type JsonObject } from "../core/json.ts";
import { type Deadline, deadline } from "./deadline.ts";
import { type Endpoint, endpoint, type EndpointOptions } from "./endpoint.ts";
import type { GenerateOptions, Model, ModelRequest, ModelResponse } from "./model.ts";
import { ModelError } from "./model-error.ts";
import { readCompletion, readStream } from "./openai-answer.ts";
import { type FailureContext, toModelError, unexpectedAnswer } from "./openai-error.ts";
import { probeModel } from "./openai-probe.ts";
import { openaiRequest, type OutputMode } from "./openai-request.ts";
import { isSchemaRefusal, knownMode, rememberJsonMode } from "./output-mode.ts";
import { scopedFetch } from "./scoped-fetch.ts";
import { type CallPolicy, inProduction } from "./in-production.ts";

export interface OpenAISettings {
  readonly temperature?: number;
  readonly maxOutputTokens?: number;
  readonly topP?: number;
  readonly seed?: number;
  readonly stopSequences?: readonly string[];
  readonly reasoningEffort?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh";
}

export interface OpenAIOptions extends EndpointOptions, OpenAISettings, CallPolicy {
  /** Sent with every request, such as a gateway's own key. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The longest a request may take, until the last byte. @default 300 000; raise it for long reasoning */
  readonly timeoutMs?: number;
  /** The longest silence inside a streamed answer. @default 60 000 */
  readonly idleTimeoutMs?: number;
  /** Replaces fetch; here calls are recorded and replayed. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * A model of OpenAI, or of any endpoint that speaks its chat completions (Azure, vLLM, Ollama, LiteLLM …), with retries,
 * a circuit breaker and limits. Opens nothing: the `openai` package is loaded by the first call. Throws `config-invalid` when the base URL is none.
 */
export function openai(model: string, options: OpenAIOptions = {}): Model {
  const target = endpoint(options);
  const own = ownSettings(options);
  const client: Client = { model, options, own, target, ref: `openai/${model}`, loaded: undefined };
  const once: Model = {
    ref: client.ref,
    settings: { provider: "openai", model, baseURL: target.url, ...own },
    // Elsewhere the same name may cost anything.
    offers: [{ ref: client.ref, ...(target.isOpenAI ? { listed: model } : {}) }],
    check: () => checkKey(client),
    probe: (signal) =>
      attempt(client, { signal }, (sdk, { time, context }) => probeModel(sdk, model, { signal: time.signal, context })),
    generate: (request, generation = {}) => generate(client, request, generation),
  };
  return inProduction(once, { url: target.url, model: client.ref }, options);
}

interface Client {
  readonly model: string;
  readonly ref: string;
  readonly options: OpenAIOptions;
  readonly own: JsonObject;
  readonly target: Endpoint;
  loaded: Promise<OpenAI> | undefined;
}

function ownSettings({
  temperature,
  maxOutputTokens,
  topP,
  seed,
  stopSequences,
  reasoningEffort,
}: OpenAISettings): JsonObject {
  const settings = assertJson(
    { temperature, maxOutputTokens, topP, seed, stopSequences, reasoningEffort },
    "openai() settings",
  );
  return isJsonObject(settings) ? settings : {};
}

function checkKey({ target, ref }: Client): void {
  if (!target.needsKey || target.key() !== undefined) return;
  throw new BatonError("model-key-missing", `Model \`${ref}\` has no API key for ${target.url}.`, {
    hint: "Set OPENAI_API_KEY, or take the model out of baton.config.ts to run on `offline()`.",
  });
}

async function generate(client: Client, request: ModelRequest, options: GenerateOptions): Promise<ModelResponse> {
  const response = await inKnownMode(client, request, options);
  const { serviceTier = "default" } = request.settings;
  return serviceTier === "default" ? response : { ...response, offList: true };
}

async function inKnownMode(client: Client, request: ModelRequest, options: GenerateOptions): Promise<ModelResponse> {
  const mode = knownMode(client.target.url, client.model);
  if (mode.mode === "json_object")
    return withNotes(await send(client, { request, options, mode: "json_object" }), [mode.note]);
  try {
    return await send(client, { request, options, mode: "json_schema" });
  } catch (error) {
    if (!isSchemaRefusal(error)) throw error;
    const response = await send(client, { request, options, mode: "json_object" });
    return withNotes(response, [rememberJsonMode(client.target.url, client.model)]);
  }
}

interface Sending {
  readonly request: ModelRequest;
  readonly options: GenerateOptions;
  readonly mode: OutputMode;
}

function send(client: Client, { request, options, mode }: Sending): Promise<ModelResponse> {
  const tokenLimit = client.target.isOpenAI ? "max_completion_tokens" : "max_tokens";
  const { body, notes } = openaiRequest(request, {
    model: client.model,
    settings: client.own,
    mode,
    tokenLimit,
  });
  return attempt(client, options, async (sdk, { time, context }) => {
    const { onToken } = options;
    if (onToken === undefined) {
      const completion: unknown = await sdk.chat.completions.create(
        { ...body, stream: false },
        { signal: time.signal },
      );
      return withNotes(readCompletion(completion, context), notes);
    }
    const streamed = sdk.chat.completions.create(
      { ...body, stream: true, stream_options: { include_usage: true } },
      { signal: time.signal },
    );
    const { data, response } = await streamed.withResponse();
    const contentType = response.headers.get("content-type") ?? "";
    if (/html|text\/plain/i.test(contentType)) throw unexpectedAnswer(`a body of type ${contentType}`, context);
    time.heard();
    if (/application\/json/i.test(contentType)) {
      // Some endpoints know no streams.
      const whole = readCompletion(await response.json(), context);
      onToken(whole.text);
      return withNotes(whole, notes);
    }
    return withNotes(await readStream(data, { onToken, onEvent: () => time.heard() }, context), notes);
  });
}

interface Attempt {
  readonly time: Deadline;
  readonly context: FailureContext;
}

/** One request, bounded in time. Whatever goes wrong becomes a `ModelError`, but the caller's own abort is thrown as it is. */
async function attempt<T>(
  client: Client,
  { signal }: { readonly signal?: AbortSignal | undefined },
  request: (sdk: OpenAI, attempt: Attempt) => Promise<T>,
): Promise<T> {
  checkKey(client);
  signal?.throwIfAborted();
  const { timeoutMs = 300_000, idleTimeoutMs = 60_000, retry } = client.options;
  client.loaded ??= load(client, timeoutMs);
  const sdk = await client.loaded;
  const time = deadline({ timeoutMs, idleTimeoutMs, signal });
  const context: FailureContext = {
    model: client.ref,
    url: client.target.url,
    secrets: secretsOf(client),
    now: (retry?.clock ?? systemClock).now(),
  };
  try {
    return await request(sdk, { time, context });
  } catch (error) {
    // Whatever an abort broke, the caller's reason is what happened; the client itself ends an aborted stream as if it were complete.
    signal?.throwIfAborted();
    const expired = time.expired();
    throw expired === undefined ? toModelError(error, context) : timedOut(expired, context);
  } finally {
    time.stop();
  }
}

function timedOut(what: string, { model, url }: FailureContext): ModelError {
  return new ModelError(`Model \`${model}\` at ${url} took too long: ${what}.`, {
    model,
    retryable: true,
    hint: "Resume the run, or raise `timeoutMs` of openai() when answers of this model need longer.",
  });
}

async function load({ target, options }: Client, timeoutMs: number): Promise<OpenAI> {
  const { OpenAI } = await import("openai");
  return new OpenAI({
    baseURL: target.url,
    // The client insists on a key; endpoints that need none ignore it.
    apiKey: async () => target.key() ?? "none",
    // Retries have one owner: with-retries.ts.
    maxRetries: 0,
    // Only a net under our own deadline, which also covers the body.
    timeout: timeoutMs + 60_000,
    // It would print parts of answers to stderr.
    logLevel: "off",
    ...(options.headers === undefined ? {} : { defaultHeaders: { ...options.headers } }),
    fetch: scopedFetch(options.fetch),
  });
}

function secretsOf({ target, options }: Client): readonly string[] {
  return [target.key() ?? "", ...Object.values(options.headers ?? {})];
}

function withNotes(response: ModelResponse, notes: readonly string[]): ModelResponse {
  const all = [...(response.notes ?? []), ...notes];
  return all.length === 0 ? response : { ...response, notes: all };
}
