import type { Command } from "@langchain/langgraph";

/** LangGraph's command that goes on at another node. */
export async function commandTo(goto: string, update: Record<string, unknown>): Promise<Command> {
  // Loaded here, so that importing an agent loads no LangGraph.
  const { Command } = await import("@langchain/langgraph");
  return new Command({ goto, update });
}
