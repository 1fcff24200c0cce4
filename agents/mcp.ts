import { BatonError } from "../core/errors.ts";
import type { ToolEffect } from "../core/events.ts";
import { type JsonObject, type JsonValue, textOf } from "../core/json.ts";
import { connectMcp } from "./mcp-connection.ts";
import { describedSchema } from "./described-schema.ts";
import { type Tool, tool } from "./tool.ts";
import type { ToolConnection, ToolSource } from "./tool-source.ts";

/** An MCP server: a program that speaks over its standard streams, or a URL that speaks streamable HTTP. */
export type McpServer =
  | {
      readonly command: string;
      readonly args?: readonly string[];
      /** Variables beside the few that every program gets (PATH, HOME …): no key of this process goes along unasked. */
      readonly env?: Readonly<Record<string, string>>;
      readonly cwd?: string;
    }
  | { readonly url: string; readonly headers?: Readonly<Record<string, string>> };

export interface McpOptions {
  /** What messages call the server. @default its program or host */
  readonly name?: string;
  /** The tools an agent gets, by the server's names. @default all that the server has */
  readonly only?: readonly string[];
  /** What each tool does to the world. @default what the server says of it (`readOnlyHint`, `idempotentHint`), else `once` */
  readonly effects?: Readonly<Record<string, ToolEffect>>;
  /** Tools that a person has to approve, or true for all. @default none */
  readonly needsApproval?: boolean | readonly string[];
  /** @default 60 000 */
  readonly timeoutMs?: number;
  /** @default 65 536 */
  readonly maxResultBytes?: number;
}

/**
 * The tools of an MCP server, for `agent({ tools })`. Opens nothing: the server is started or called when an agent first needs it, kept for all
 * runs of a Baton, and closed with it. Needs the package `@modelcontextprotocol/sdk`.
 */
export function mcpTools(server: McpServer, options: McpOptions = {}): ToolSource {
  const name = options.name ?? ("url" in server ? new URL(server.url).host : server.command);
  return {
    kind: "source",
    name,
    identity: identityOf(server, options),
    connect: async () => await connectMcp(name, server, options),
    toTool: (description, connection) => toTool({ name, description, options, connection }),
  };
}

/** Without variables and headers: they may hold keys. */
function identityOf(server: McpServer, { only = [] }: McpOptions): JsonValue {
  const place = "url" in server ? { url: server.url } : { command: server.command, args: [...(server.args ?? [])] };
  return { mcp: place, only: [...only] };
}

interface Described {
  readonly name: string;
  readonly description: JsonObject;
  readonly options: McpOptions;
  readonly connection: () => Promise<ToolConnection>;
}

const LONGEST_DESCRIPTION = 4096;
/** Codes of JSON-RPC for a request that the server did not begin to carry out. */
const NOT_BEGUN: readonly unknown[] = [-32_600, -32_601, -32_602];

function toTool({ description, options, connection }: Described): Tool {
  const theirs = textOf(description["name"]);
  const effect = options.effects?.[theirs] ?? effectOf(description["annotations"]);
  const { needsApproval = false, timeoutMs, maxResultBytes } = options;
  const call = async (input: JsonObject, context: Parameters<ToolConnection["call"]>[2]): Promise<unknown> =>
    await (await connection()).call(theirs, input, context);
  return tool({
    // Servers may use characters in names that models may not.
    name: theirs.replace(/[^A-Za-z0-9_-]/gu, "_").slice(0, 64),
    description: text(description["description"]).slice(0, LONGEST_DESCRIPTION),
    input: describedSchema(description["inputSchema"]),
    effect,
    needsApproval: typeof needsApproval === "boolean" ? needsApproval : needsApproval.includes(theirs),
    ...(effect === "once" ? { hadNoEffect: wasNotBegun } : {}),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(maxResultBytes === undefined ? {} : { maxResultBytes }),
    run: async (input, context) => {
      try {
        return await call(input, context);
      } catch (error) {
        // What changes nothing twice may be asked for again on a new connection.
        if (effect === "once" || !BatonError.is(error) || error.code !== "tool-source-failed") throw error;
        return await call(input, context);
      }
    },
  });
}

/** A server's word about its own tools is taken where it makes them safer to repeat; without a word they are not repeated. */
function effectOf(annotations: JsonValue | undefined): ToolEffect {
  if (typeof annotations !== "object" || annotations === null) return "once";
  if ("readOnlyHint" in annotations && annotations.readOnlyHint === true) return "read";
  return "idempotentHint" in annotations && annotations.idempotentHint === true ? "idempotent" : "once";
}

function wasNotBegun(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && NOT_BEGUN.includes(error.code);
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}
