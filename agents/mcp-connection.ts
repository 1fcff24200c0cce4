import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";

import { BatonError } from "../core/errors.ts";
import { isJsonObject, type JsonObject, textOf } from "../core/json.ts";
import { withoutSecrets } from "../core/redact.ts";
import { optionalPackage } from "../core/optional-package.ts";
import { toReadableJson } from "../core/readable-json.ts";
import { sameOriginFetch } from "../core/same-origin-fetch.ts";
import type { McpOptions, McpServer } from "./mcp.ts";
import { ReportedFailure } from "./tool-result.ts";
import type { ToolConnection } from "./tool-source.ts";

const CONNECT_TIMEOUT_MS = 30_000;
const PING_TIMEOUT_MS = 2_000;
const MOST_PAGES = 100;
/** The server's own limit is ours plus this: ours is to come first, since it says which tool was slow. */
const GRACE_MS = 1_000;

/** Connects to an MCP server. Throws `tool-source-failed`, and `package-missing` without the SDK. */
export async function connectMcp(
  name: string,
  server: McpServer,
  { only, timeoutMs = 60_000 }: McpOptions,
): Promise<ToolConnection> {
  const { Client, transport, said } = await load(server);
  const client: Client = new Client({ name: "batonjs", version: "1" });
  const loss = watchLoss(client);
  try {
    await client.connect(transport, { timeout: CONNECT_TIMEOUT_MS });
  } catch (error) {
    await client.close().catch(() => undefined);
    throw failed(name, "could not be reached", { error, said: said() });
  }

  return {
    get isOpen() {
      return !loss.isLost;
    },
    async list(signal) {
      const tools: JsonObject[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const options = signal === undefined ? {} : { signal };
        const answer = await loss
          .race(client.listTools(cursor === undefined ? {} : { cursor }, options))
          .catch((error: unknown) => {
            throw failed(name, "did not list its tools", { error, said: said() });
          });
        tools.push(
          ...answer.tools.map(describe).filter(({ name: tool }) => only === undefined || only.includes(textOf(tool))),
        );
        cursor = answer.nextCursor;
        if (cursor === undefined) break;
      }
      return tools;
    },
    async call(tool, input, { key, signal }) {
      try {
        const asked = client.callTool({ name: tool, arguments: input, _meta: { "batonjs/key": key } }, undefined, {
          signal,
          timeout: timeoutMs + GRACE_MS,
        });
        return contentOf(await loss.race(asked));
      } catch (error) {
        if (isBroken(error)) loss.lose();
        if (loss.isLost) throw failed(name, `went away while \`${tool}\` was called`, { error, said: said() });
        throw error;
      }
    },
    close: async () => await client.close(),
  };
}

interface Loss {
  readonly isLost: boolean;
  lose(): void;
  /** Rejects when the connection is lost before the promise has settled. */
  race<T>(promise: Promise<T>): Promise<T>;
}

/** A program that ends closes its streams. Over HTTP a broken answer closes nothing: then the server is asked whether it is still there. */
function watchLoss(client: Client): Loss {
  const lost = Promise.withResolvers<never>();
  let isLost = false;
  lost.promise.catch(() => undefined);
  function lose(): void {
    isLost = true;
    lost.reject(new Error("the connection ended"));
  }
  client.onclose = lose;
  client.onerror = (error) => {
    if (isLost || !isBroken(error)) return;
    client.ping({ timeout: PING_TIMEOUT_MS }).catch(lose);
  };
  return {
    get isLost() {
      return isLost;
    },
    lose,
    async race(promise) {
      promise.catch(() => undefined);
      return await Promise.race([promise, lost.promise]);
    },
  };
}

/** By its words: fetch and the SDK give such errors no code. */
function isBroken(error: unknown): boolean {
  return /disconnected|terminated|fetch failed|ECONN|EPIPE|socket hang up/u.test(String(error));
}

async function load(server: McpServer) {
  return await optionalPackage({ name: "@modelcontextprotocol/sdk", needs: "MCP servers need" }, () =>
    transportTo(server),
  );
}

async function transportTo(server: McpServer) {
  const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
  if ("url" in server) {
    const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/sdk/client/streamableHttp.js");
    const http = new StreamableHTTPClientTransport(new URL(server.url), {
      fetch: sameOriginFetch(),
      requestInit: { headers: { ...server.headers } },
    });
    // The SDK's own class does not fit its own interface under `exactOptionalPropertyTypes`.
    return { Client, transport: http as Transport, said: () => "" };
  }
  const { StdioClientTransport, getDefaultEnvironment } = await import("@modelcontextprotocol/sdk/client/stdio.js");
  const { command, args = [], env = {}, cwd } = server;
  const stdio = new StdioClientTransport({
    command,
    args: [...args],
    env: { ...getDefaultEnvironment(), ...env },
    stderr: "pipe",
    ...(cwd === undefined ? {} : { cwd }),
  });
  return { Client, transport: stdio as Transport, said: lastWords(stdio) };
}

const LONGEST_WORDS = 500;

/** What a server program wrote to its stderr last: mostly the reason why it ended. */
function lastWords(transport: StdioClientTransport): () => string {
  let words = "";
  transport.stderr?.on("data", (chunk: unknown) => {
    words = `${words}${String(chunk)}`.slice(-LONGEST_WORDS);
  });
  return () =>
    withoutSecrets(words)
      .replace(/[\p{Cc}\s]+/gu, " ")
      .trim();
}

function failed(
  name: string,
  what: string,
  { error, said }: { readonly error: unknown; readonly said: string },
): BatonError {
  const reason = withoutSecrets(error instanceof Error ? error.message : String(error));
  return new BatonError(
    "tool-source-failed",
    `MCP server \`${name}\` ${what}: ${reason}${said === "" ? "" : ` (it said: ${said})`}.`,
    { hint: "Start it by hand, or check its URL, then resume the run.", cause: error },
  );
}

/** What is kept of a tool's description, as plain JSON. */
function describe(tool: object): JsonObject {
  const plain = toReadableJson(tool);
  const { name = "", description = "", inputSchema = {}, annotations = {} } = isJsonObject(plain) ? plain : {};
  return { name, description, inputSchema, annotations };
}

/** Throws `ReportedFailure` for the answer of a tool that says it failed. */
function contentOf(answer: unknown): unknown {
  const result = toReadableJson(answer);
  if (!isJsonObject(result)) return result;
  const { content, structuredContent, isError } = result;
  const parts = Array.isArray(content) ? content.filter(isJsonObject).map(partText) : [];
  const text =
    parts.length === 0 && structuredContent !== undefined ? JSON.stringify(structuredContent) : parts.join("\n");
  if (isError === true) throw new ReportedFailure(text);
  return text;
}

function partText(part: JsonObject): string {
  const { type, text, data, mimeType, resource, uri } = part;
  if (typeof text === "string") return text;
  if (typeof data === "string") return `[${textOf(type)} ${textOf(mimeType)}, ${data.length} characters of base64]`;
  if (isJsonObject(resource))
    return typeof resource["text"] === "string" ? resource["text"] : `[resource ${textOf(resource["uri"])}]`;
  return `[${textOf(type)}${typeof uri === "string" ? ` ${uri}` : ""}]`;
}
