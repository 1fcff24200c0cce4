import { digest, isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { Fetch } from "../../models/scoped-fetch.ts";

/** A model request as a cassette knows it again: without what changes from call to call and without headers, which hold keys. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly body: JsonValue;
}

/** Parts of a body that do not decide the answer. */
const VOLATILE = ["user", "metadata", "stream_options", "request_id", "safety_identifier", "prompt_cache_key"];

/** Reads what a client is about to send. */
export async function recordedRequest(...[input, init]: Parameters<Fetch>): Promise<RecordedRequest> {
  const request = new Request(input, init);
  const { pathname } = new URL(request.url);
  return { method: request.method, path: pathname, body: lasting(await bodyOf(request)) };
}

/** Whether an endpoint on this machine is asked. */
export function isLoopback(...[input]: Parameters<Fetch>): boolean {
  const { hostname } = new URL(input instanceof Request ? input.url : input);
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}

/** Equal requests have equal keys, whatever the order of their fields. */
export function requestKey({ method, path, body }: RecordedRequest): string {
  return digest({ method, path, body });
}

async function bodyOf(request: Request): Promise<JsonValue> {
  const text = await request.text();
  if (text === "") return null;
  try {
    // JSON.parse is typed `any`; whatever it returns is a JsonValue by definition.
    return JSON.parse(text) as JsonValue;
  } catch {
    // Not JSON: the text itself is the body.
    return text;
  }
}

function lasting(body: JsonValue): JsonValue {
  if (!isJsonObject(body)) return body;
  const kept: JsonObject = Object.fromEntries(Object.entries(body).filter(([name]) => !VOLATILE.includes(name)));
  return kept;
}
