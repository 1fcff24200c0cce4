import type { BaseCheckpointSaver, SerializerProtocol } from "@langchain/langgraph-checkpoint";
import type { Pool } from "pg";

import { BatonError } from "../../core/errors.ts";

/** Where the stock saver keeps its tables unless it is told otherwise. */
export const STOCK_SCHEMA = "public";

export interface StockSaver extends BaseCheckpointSaver {
  /** Makes the stock tables, or brings them up to date. */
  setup(): Promise<void>;
}

export interface StockSaverOptions {
  /** @default the stock saver's own */
  readonly serde?: SerializerProtocol;
  readonly schema: string;
}

/** LangGraph's own saver on a pool. Throws `package-missing`. */
export async function stockSaver(pool: Pool, { serde, schema }: StockSaverOptions): Promise<StockSaver> {
  const { PostgresSaver } = await load();
  return new PostgresSaver(pool, serde, { schema });
}

async function load(): Promise<typeof import("@langchain/langgraph-checkpoint-postgres")> {
  try {
    return await import("@langchain/langgraph-checkpoint-postgres");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) throw error;
    throw new BatonError(
      "package-missing",
      "Threads of LangGraph's own saver need the package `@langchain/langgraph-checkpoint-postgres`, which is not installed.",
      {
        hint: "Install it with: npm install @langchain/langgraph-checkpoint-postgres",
        cause: error,
      },
    );
  }
}
