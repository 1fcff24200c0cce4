import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { isJsonObject, type JsonObject, type JsonValue, textOf } from "../core/json.ts";
import { refusalOf } from "./pinecone-limits.ts";
import { nearest, PineconeNamespace, recordFrom, type StoredRecord } from "./pinecone-namespace.ts";

/** What goes wrong with one request. */
export type PineconeFault =
  | { readonly kind: "status"; readonly status: number; readonly retryAfterSeconds?: number }
  /** The connection breaks before an answer, or in the middle of one. */
  | { readonly kind: "reset"; readonly afterHeaders?: boolean }
  /** The headers come, the body never does. */
  | { readonly kind: "silence" }
  /** An answer that is no JSON, such as the page of a proxy. */
  | { readonly kind: "garbage" };

export interface PineconeRequest {
  readonly method: string;
  readonly path: string;
  readonly body: JsonObject;
  readonly bytes: number;
}

export interface PineconeServerOptions {
  /** @default 16 */
  readonly dimension?: number;
  /** @default "cosine"; sparse values need "dotproduct" */
  readonly metric?: "cosine" | "dotproduct";
  /** A write is seen only by the read after so many reads of its namespace. @default 0 */
  readonly lagReads?: number;
  /** Entries of one page of a list. @default 100 */
  readonly pageSize?: number;
  /** Asked for each request in order, by its number from 0. @default nothing goes wrong */
  readonly fault?: (request: PineconeRequest, number: number) => PineconeFault | undefined;
}

export interface PineconeServer extends AsyncDisposable {
  /** Address of the index, and of the service that knows its address. */
  readonly url: string;
  readonly apiKey: string;
  /** Every request, in order, also those that something went wrong with. */
  readonly requests: readonly PineconeRequest[];
  /** The namespaces that hold or held something. */
  namespaces(): readonly string[];
  /** What a namespace holds when it has taken in everything. */
  records(namespace: string): readonly StoredRecord[];
  close(): Promise<void>;
}

const API_VERSION = "2026-07";
const API_KEY = "pc-test-key";

/**
 * Starts a server on a free loopback port that behaves as Pinecone documents its index: API version and key are checked, limits refused, writes
 * seen late, lists paged. Keeps everything in memory.
 */
export async function pineconeServer(options: PineconeServerOptions = {}): Promise<PineconeServer> {
  const { dimension = 16, metric = "cosine", lagReads = 0, pageSize = 100 } = options;
  const namespaces = new Map<string, PineconeNamespace>();
  const requests: PineconeRequest[] = [];

  function namespaceAt(name: JsonValue | undefined): PineconeNamespace {
    const key = typeof name === "string" ? name : "";
    const found = namespaces.get(key) ?? new PineconeNamespace(lagReads);
    namespaces.set(key, found);
    return found;
  }

  function answer({ method, path, body, bytes }: PineconeRequest): Reply {
    const { pathname, searchParams } = new URL(path, "http://server");
    const refused = refusalOf(pathname, body, { bytes, dimension, takesSparse: metric === "dotproduct" });
    if (refused !== undefined) return errorReply(400, "INVALID_ARGUMENT", refused);
    switch (`${method} ${pathname}`) {
      case "POST /describe_index_stats":
        return { body: { dimension, metric, totalVectorCount: 0, namespaces: {} } };
      case "POST /vectors/upsert": {
        const records = objectsIn(body["vectors"]).map(recordFrom);
        const lsn = namespaceAt(body["namespace"]).write(records.map((record) => ({ kind: "put", record })));
        return { body: { upsertedCount: records.length }, headers: { "x-pinecone-request-lsn": `${lsn}` } };
      }
      case "POST /vectors/delete": {
        const namespace = namespaces.get(textOf(body["namespace"]));
        if (namespace === undefined) return errorReply(404, "NOT_FOUND", "Namespace not found");
        const ids = Array.isArray(body["ids"]) ? body["ids"].map(String) : [];
        const lsn = namespace.write(ids.map((id) => ({ kind: "delete", id })));
        return { body: {}, headers: { "x-pinecone-request-lsn": `${lsn}` } };
      }
      case "POST /query": {
        const namespace = namespaces.get(textOf(body["namespace"])) ?? new PineconeNamespace(0);
        const matches = nearest([...namespace.read().values()], body, metric);
        return {
          body: { matches, namespace: textOf(body["namespace"]), usage: { readUnits: 1 } },
          headers: { "x-pinecone-max-indexed-lsn": `${namespace.indexed}` },
        };
      }
      case "GET /vectors/fetch": {
        const namespace = namespaces.get(searchParams.get("namespace") ?? "");
        const held = namespace?.read() ?? new Map<string, StoredRecord>();
        const found = searchParams.getAll("ids").flatMap((id) => held.get(id) ?? []);
        const vectors = Object.fromEntries(
          found.map(({ id, values, metadata }) => [id, { id, values: [...values], metadata }]),
        );
        return { body: { vectors, namespace: searchParams.get("namespace") ?? "", usage: { readUnits: 1 } } };
      }
      case "GET /vectors/list": {
        const held = [
          ...(namespaces
            .get(searchParams.get("namespace") ?? "")
            ?.read()
            .keys() ?? []),
        ];
        return { body: listed(["vectors", "id"], held, searchParams) };
      }
      case "GET /namespaces":
        return { body: listed(["namespaces", "name"], [...namespaces.keys()], searchParams) };
      default:
        return pathname.startsWith("/indexes/") ? { body: indexModel(pathname) } : errorReply(404, "NOT_FOUND", path);
    }
  }

  function listed([field, key]: readonly [string, string], all: readonly string[], query: URLSearchParams): JsonObject {
    const prefix = query.get("prefix") ?? "";
    const fitting = all.filter((name) => name.startsWith(prefix)).toSorted();
    const start = Number(query.get("paginationToken") ?? 0);
    const end = start + Math.min(Number(query.get("limit") ?? pageSize), pageSize);
    return {
      [field]: fitting.slice(start, end).map((name) => ({ [key]: name })),
      ...(end < fitting.length ? { pagination: { next: `${end}` } } : {}),
    };
  }

  function indexModel(pathname: string): JsonObject {
    return {
      name: decodeURIComponent(pathname.slice("/indexes/".length)),
      dimension,
      metric,
      host: url,
      vector_type: "dense",
      deletion_protection: "disabled",
      schema: { fields: {} },
      deployment: { deployment_type: "managed", environment: "test", cloud: "aws", region: "us-east-1" },
      status: { ready: true, state: "Ready" },
    };
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await received(incoming);
    const number = requests.push(request) - 1;
    const fault = options.fault?.(request, number);
    if (fault !== undefined) return misbehave(outgoing, fault);
    if (incoming.headers["api-key"] !== API_KEY) return send(outgoing, errorReply(401, "UNAUTHENTICATED", "Wrong key"));
    if (incoming.headers["x-pinecone-api-version"] !== API_VERSION)
      return send(outgoing, errorReply(400, "INVALID_ARGUMENT", `Expected the API version ${API_VERSION}`));
    send(outgoing, answer(request));
  }

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) =>
      outgoing.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server's address is an object; only pipes have a text.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  async function close(): Promise<void> {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  }
  return {
    url,
    apiKey: API_KEY,
    requests,
    namespaces: () => [...namespaces.keys()],
    records(name) {
      const namespace = namespaces.get(name);
      for (let read = 0; read <= lagReads; read += 1) namespace?.read();
      return [...(namespace?.read().values() ?? [])];
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface Reply {
  readonly status?: number;
  readonly body: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
}

function errorReply(status: number, code: string, message: string): Reply {
  return { status, body: { error: { code, message }, status } };
}

function send(outgoing: ServerResponse, { status = 200, body, headers = {} }: Reply): void {
  outgoing.writeHead(status, { "content-type": "application/json", ...headers });
  outgoing.end(JSON.stringify(body));
}

function misbehave(outgoing: ServerResponse, fault: PineconeFault): void {
  switch (fault.kind) {
    case "status": {
      const { status, retryAfterSeconds } = fault;
      const headers = retryAfterSeconds === undefined ? {} : { "retry-after": `${retryAfterSeconds}` };
      return send(outgoing, { ...errorReply(status, "UNAVAILABLE", `Fault ${status}`), headers });
    }
    case "reset":
      if (fault.afterHeaders !== true) return void outgoing.destroy();
      outgoing.writeHead(200, { "content-type": "application/json" });
      outgoing.write('{"matches":[', () => outgoing.destroy());
      return;
    case "silence":
      outgoing.writeHead(200, { "content-type": "application/json" }).flushHeaders();
      return;
    case "garbage":
      outgoing.writeHead(200, { "content-type": "text/html" });
      outgoing.end("<html>Sign in</html>");
      return;
    default:
      fault satisfies never;
  }
}

async function received(incoming: IncomingMessage): Promise<PineconeRequest> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) if (chunk instanceof Uint8Array) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  // JSON.parse is typed `any`; whatever it returns is a JsonValue by definition.
  const body = text === "" ? {} : (JSON.parse(text) as JsonValue);
  return {
    method: incoming.method ?? "",
    path: incoming.url ?? "",
    body: isJsonObject(body) ? body : {},
    bytes: Buffer.byteLength(text),
  };
}

function objectsIn(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
