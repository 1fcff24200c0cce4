import { toReadableJson } from "../core/readable-json.ts";
import { describedSchema } from "./described-schema.ts";
import { isStandard, type StandardSchema } from "./standard-schema.ts";
import { type Tool, tool, type ToolSpec } from "./tool.ts";

/** The part of LangChain's `StructuredTool` that is used here; taken structurally, so that the copy of the package does not matter. */
export interface LangChainTool {
  readonly name: string;
  readonly description: string;
  /** A zod schema, or a JSON schema. */
  readonly schema: unknown;
  // A method: LangChain types its input by the tool's own schema.
  invoke(input: never, config?: { signal?: AbortSignal }): Promise<unknown>;
}

/** What LangChain does not know of a tool. */
export type LangChainToolOptions = Pick<
  ToolSpec<StandardSchema, StandardSchema>,
  "effect" | "reconcile" | "hadNoEffect" | "timeoutMs" | "maxResultBytes"
> & { readonly needsApproval?: boolean };

/** A LangChain tool as a tool of Baton. LangChain does not say what a tool does to the world, so `effect` does. */
export function fromLangChainTool(given: LangChainTool, options: LangChainToolOptions): Tool {
  const { name, description, schema } = given;
  return tool({
    name,
    description,
    input: isStandard(schema) && "jsonSchema" in schema["~standard"] ? schema : describedSchema(toReadableJson(schema)),
    ...options,
    // Checked by the tool's own schema, and by LangChain once more.
    run: async (input, { signal }) => await given.invoke(input as never, { signal }),
  });
}
