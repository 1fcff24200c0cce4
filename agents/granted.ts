import { BatonError } from "../core/errors.ts";
import { assertJson, isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { ToolDescription } from "../models/model.ts";
import type { AgentCall } from "./ask.ts";
import type { Handoff } from "./handoff.ts";
import type { OutputSchema } from "./schema.ts";
import type { Tool } from "./tool.ts";
import type { ToolSource } from "./tool-source.ts";

/** What an agent may call. */
export type AgentTool = Tool | ToolSource | Handoff;

/** A tool as an agent has it for one execution. */
export type GrantedTool =
  | { readonly kind: "tool"; readonly tool: Tool }
  | { readonly kind: "handoff"; readonly handoff: Handoff; readonly fields: OutputSchema };

export interface GrantedTools {
  readonly byName: ReadonlyMap<string, GrantedTool>;
  readonly descriptions: readonly ToolDescription[];
}

/**
 * Finds out which tools an agent has. What a source has is asked once in each execution and journaled, so that a resume offers the model the same
 * tools, and reaches no server for turns that are finished. Throws `tool-invalid` when two have one name, and `tool-source-failed`.
 */
export async function grant(
  call: AgentCall,
  tools: readonly AgentTool[],
  fieldsOf: (handoff: Handoff) => OutputSchema,
): Promise<GrantedTools> {
  const granted: GrantedTool[] = [];
  for (const entry of tools) {
    switch (entry.kind) {
      case "tool":
        granted.push({ kind: "tool", tool: entry });
        break;
      case "handoff":
        granted.push({ kind: "handoff", handoff: entry, fields: fieldsOf(entry) });
        break;
      case "source":
        granted.push(...(await toolsOf(call, entry)).map((tool): GrantedTool => ({ kind: "tool", tool })));
        break;
      default:
        entry satisfies never;
    }
  }
  const byName = new Map(granted.map((entry) => [nameOf(entry), entry]));
  refuseSameNames(granted.map(nameOf));
  return { byName, descriptions: granted.map(describe) };
}

/** Throws `tool-invalid` when two tools have one name: the model could not say which it means. */
export function refuseSameNames(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new BatonError("tool-invalid", `An agent has two tools named \`${twice}\`.`, {
    hint: "Rename one of them, or choose with `only` which tools of a server the agent gets.",
  });
}

async function toolsOf({ services, journal, signal }: AgentCall, source: ToolSource): Promise<readonly Tool[]> {
  const { value } = await journal.call<JsonValue>(
    { kind: "note", name: `tools of ${source.name}`, request: source.identity },
    async () => {
      const connection = await services.connections.get(source);
      return assertJson(await connection.list(signal), `tools of ${source.name}`);
    },
  );
  const descriptions = Array.isArray(value) ? value.filter(isJsonObject) : [];
  return descriptions.map((description: JsonObject) =>
    source.toTool(description, async () => await services.connections.get(source)),
  );
}

function nameOf(granted: GrantedTool): string {
  return granted.kind === "tool" ? granted.tool.name : granted.handoff.name;
}

function describe(granted: GrantedTool): ToolDescription {
  if (granted.kind === "tool") {
    const { name, description, parameters } = granted.tool;
    return { name, description, parameters: parameters.schema, strict: parameters.strict };
  }
  const { handoff, fields } = granted;
  return {
    name: handoff.name,
    description: handoff.description,
    parameters: withReason(fields),
    strict: fields.strict,
  };
}

function withReason({ schema }: OutputSchema): JsonObject {
  const properties = isJsonObject(schema["properties"]) ? schema["properties"] : {};
  const required: readonly JsonValue[] = Array.isArray(schema["required"]) ? schema["required"] : [];
  return {
    ...schema,
    properties: { reason: { type: "string", description: "Why, in one sentence." }, ...properties },
    required: ["reason", ...required],
  };
}
