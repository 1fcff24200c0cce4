import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { type CompletionReply, completionBody, completionEvents } from "./openai-wire.ts";

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: JsonObject;
}

/** What the server does with one request. */
export type ServerReply =
  /** A completion: one JSON body, or server-sent events when the request asks for a stream. */
  | ({ readonly kind: "completion"; readonly delivery?: Delivery } & CompletionReply)
  /** Any other answer, such as an error or a page of HTML. */
  | {
      readonly kind: "raw";
      readonly status: number;
      readonly body: string | JsonObject;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Nothing at all: neither before nor, with `afterHeaders`, behind the headers. */
  | { readonly kind: "hang"; readonly afterHeaders?: boolean }
  /** The connection breaks before an answer. */
  | { readonly kind: "reset" };

export interface Delivery {
  /** Bytes per network write; 1 cuts every multi-byte character. @default everything at once */
  readonly pieceBytes?: number;
  /** Pause between two writes. @default 0 */
  readonly pauseMs?: number;
  /** The stream ends after this many events, as if it were complete. */
  readonly endAfterEvents?: number;
  /** The connection breaks after this many events, or in the middle of a body that is not streamed. */
  readonly breakAfterEvents?: number;
}

export interface OpenAIServerOptions {
  /** Models that `GET /v1/models` knows. @default ["test-model"] */
  readonly models?: readonly string[];
  /** Answers 400 to a JSON schema, as endpoints do that know only JSON mode. @default false */
  readonly refusesJsonSchema?: boolean;
}

export type ServerScript = readonly (ServerReply | ((request: ReceivedRequest) => ServerReply))[];

export interface OpenAIServer extends AsyncDisposable {
  /** Base URL, with `/v1`. */
  readonly url: string;
  /** Every request to chat completions, in order. */
  readonly requests: readonly ReceivedRequest[];
  /** Replies of the script that no request has taken. */
  left(): number;
  close(): Promise<void>;
}

/**
 * Starts a server on a free loopback port that speaks OpenAI's chat completions and plays a script of replies, one per request.
 * A request beyond the script is answered 400 by name, which nothing retries.
 */
export async function openaiServer(script: ServerScript, options: OpenAIServerOptions = {}): Promise<OpenAIServer> {
  const requests: ReceivedRequest[] = [];
  let next = 0;
  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await received(incoming);
    if (request.path.startsWith("/v1/models"))
      return sendRaw(outgoing, modelReply(request.path, options.models ?? ["test-model"]));
    requests.push(request);
    if (options.refusesJsonSchema === true && formatOf(request.body) === "json_schema")
      return sendRaw(outgoing, SCHEMA_REFUSED);
    const entry = script[next++];
    return play(
      outgoing,
      request,
      entry === undefined ? SCRIPT_USED_UP : typeof entry === "function" ? entry(request) : entry,
    );
  }
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch((error: unknown) =>
      outgoing.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server's address is an object; only pipes have a text.
  const { port } = server.address() as AddressInfo;
  async function close(): Promise<void> {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  }
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    left: () => Math.max(0, script.length - next),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** An error body as OpenAI writes it. */
export function errorReply(
  status: number,
  error: { readonly message: string; readonly type?: string; readonly code?: string; readonly param?: string },
  headers: Readonly<Record<string, string>> = {},
): ServerReply {
  return { kind: "raw", status, headers, body: { error: { type: null, code: null, param: null, ...error } } };
}

type RawReply = Extract<ServerReply, { readonly kind: "raw" }>;

const SCRIPT_USED_UP: RawReply = {
  kind: "raw",
  status: 400,
  body: { error: { message: "The script of the test server is used up", code: "script_used_up" } },
};
const SCHEMA_REFUSED: RawReply = {
  kind: "raw",
  status: 400,
  body: {
    error: {
      message: "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
      param: "response_format",
    },
  },
};

async function received(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) if (chunk instanceof Uint8Array) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  // JSON.parse is typed `any`; whatever it returns is a JsonValue by definition.
  const body = text === "" ? {} : (JSON.parse(text) as JsonValue);
  return {
    method: incoming.method ?? "",
    path: incoming.url ?? "",
    headers: incoming.headers,
    body: isJsonObject(body) ? body : {},
  };
}

function formatOf(body: JsonObject): JsonValue | undefined {
  const format = body["response_format"];
  return isJsonObject(format) ? format["type"] : undefined;
}

function modelReply(path: string, models: readonly string[]): RawReply {
  const id = decodeURIComponent(path.replace("/v1/models", "").replace("/", ""));
  if (id === "")
    return {
      kind: "raw",
      status: 200,
      body: { object: "list", data: models.map((model) => ({ id: model, object: "model" })) },
    };
  if (models.includes(id)) return { kind: "raw", status: 200, body: { id, object: "model" } };
  return {
    kind: "raw",
    status: 404,
    body: { error: { message: `The model '${id}' does not exist`, code: "model_not_found" } },
  };
}

async function play(outgoing: ServerResponse, request: ReceivedRequest, reply: ServerReply): Promise<void> {
  switch (reply.kind) {
    case "raw":
      return sendRaw(outgoing, reply);
    case "hang":
      if (reply.afterHeaders === true) outgoing.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
      return;
    case "reset":
      outgoing.destroy();
      return;
    case "completion":
      return sendCompletion(outgoing, request, reply);
    default:
      reply satisfies never;
  }
}

function sendRaw(outgoing: ServerResponse, { status, body, headers = {} }: RawReply): void {
  const isText = typeof body === "string";
  outgoing.writeHead(status, { "content-type": isText ? "text/html; charset=utf-8" : "application/json", ...headers });
  outgoing.end(isText ? body : JSON.stringify(body));
}

async function sendCompletion(
  outgoing: ServerResponse,
  { body }: ReceivedRequest,
  reply: Extract<ServerReply, { readonly kind: "completion" }>,
): Promise<void> {
  const delivery = reply.delivery ?? {};
  const isStream = body["stream"] === true;
  const units = isStream ? completionEvents(reply, body) : [JSON.stringify(completionBody(reply, body))];
  const { endAfterEvents, breakAfterEvents } = delivery;
  const sent = isStream ? units.slice(0, endAfterEvents ?? breakAfterEvents ?? units.length) : units;
  outgoing.writeHead(200, { "content-type": isStream ? "text/event-stream; charset=utf-8" : "application/json" });
  const bytes = Buffer.from(sent.join(""), "utf8");
  const cutBody = !isStream && breakAfterEvents !== undefined ? bytes.subarray(0, bytes.length >> 1) : bytes;
  const size = delivery.pieceBytes ?? Math.max(1, cutBody.length);
  for (let at = 0; at < cutBody.length && !outgoing.destroyed; at += size) {
    outgoing.write(cutBody.subarray(at, at + size));
    await pause(delivery.pauseMs ?? 0);
  }
  if (breakAfterEvents === undefined) outgoing.end();
  else outgoing.destroy();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    // A timer takes at least a millisecond: too long for a write per byte.
    if (ms === 0) setImmediate(resolve);
    else setTimeout(resolve, ms);
  });
}
