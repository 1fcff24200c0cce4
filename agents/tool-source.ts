import type { JsonObject, JsonValue } from "../core/json.ts";
import type { Tool, ToolContext } from "./tool.ts";

/** A place that has tools, such as an MCP server: which ones is known only when it is asked. Making one opens nothing. */
export interface ToolSource {
  readonly kind: "source";
  /** What messages call it. */
  readonly name: string;
  /** What its tools depend on, without secrets: part of the key under which the list of tools is kept. */
  readonly identity: JsonValue;
  /** Bound to no run: all runs of a Baton share the connection. */
  connect(): Promise<ToolConnection>;
  /** Makes a tool of its description; `connection` gives an open connection when the tool runs. Throws `tool-invalid`. */
  toTool(description: JsonObject, connection: () => Promise<ToolConnection>): Tool;
}

/** An open connection to a source. */
export interface ToolConnection {
  /** False once the other side is gone. */
  readonly isOpen: boolean;
  /** Descriptions of the tools, as plain JSON with a `name`. */
  list(signal?: AbortSignal): Promise<readonly JsonObject[]>;
  /** Throws `ReportedFailure` for an error that the tool reports, and `tool-source-failed` when the connection is lost before the result has come. */
  call(name: string, input: JsonObject, context: Pick<ToolContext, "key" | "signal">): Promise<unknown>;
  close(): Promise<void>;
}

/** The open connections of a Baton: one per source, made when it is first needed, and again when it was lost. */
export interface ToolConnections {
  get(source: ToolSource): Promise<ToolConnection>;
  close(): Promise<void>;
}

export function toolConnections(): ToolConnections {
  const open = new Map<ToolSource, Promise<ToolConnection>>();

  function connect(source: ToolSource): Promise<ToolConnection> {
    const connecting = source.connect();
    open.set(source, connecting);
    connecting.catch(() => {
      if (open.get(source) === connecting) open.delete(source);
    });
    return connecting;
  }

  return {
    async get(source) {
      const known = open.get(source);
      const connection = await (known ?? connect(source));
      if (connection.isOpen) return connection;
      // Whoever sees the loss first connects again; the others wait for that.
      const current = open.get(source);
      return await (current === undefined || current === known ? connect(source) : current);
    },
    async close() {
      const connections = [...open.values()];
      open.clear();
      await Promise.allSettled(connections.map(async (connection) => await (await connection).close()));
    },
  };
}
