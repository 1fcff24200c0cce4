import type { BaseCheckpointSaver, SerializerProtocol } from "@langchain/langgraph-checkpoint";
import type { Pool } from "pg";

import { optionalPackage } from "../../core/optional-package.ts";

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
  const name = "@langchain/langgraph-checkpoint-postgres";
  const needs = "Threads of LangGraph's own saver need";
  return await optionalPackage({ name, needs }, () => import("@langchain/langgraph-checkpoint-postgres"));
}
