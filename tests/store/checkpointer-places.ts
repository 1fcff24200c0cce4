import { MemorySaver, type BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import type { Store } from "batonjs";
import pg from "pg";

import { parseRunId } from "../../core/ids.ts";
import type { CheckpointerPlace, CheckpointerProcess } from "../../testing/checkpointer-place.ts";
import { claimed, newRun, type StorePlace } from "../../testing/opened-store.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { beforeEveryStatement } from "./statement-hook.ts";

/** Baton's own savers as processes use them: whoever takes a thread claims its run. */
export function batonPlace({ open, remove }: StorePlace): CheckpointerPlace {
  return {
    async start(beforeStatement) {
      const store = await open();
      beforeEveryStatement(beforeStatement);
      return {
        take: async (thread) => await store.saver(await claim(store, thread)),
        reader: async () => await store.reader(),
        async stop() {
          beforeEveryStatement(undefined);
          await store.close();
        },
      };
    },
    remove,
  };
}

/** A lease that is over at once: the next process takes the run without waiting for it. */
async function claim(store: Store, thread: string) {
  const id = parseRunId(thread);
  const run = (await store.runs.get(id)) ?? (await store.runs.create(newRun({ id }), []));
  return (await claimed(store, run.id, { leaseMs: 0, owner: `elsewhere/${run.epoch + 1}/1/a` })).fence;
}

/** LangGraph's saver on PostgreSQL. */
export function stockPostgresPlaces(): () => Promise<CheckpointerPlace> {
  const database = createTestDatabase();
  let count = 0;
  return async () => {
    const { url } = await database;
    count += 1;
    const schema = `stock_${count}`;
    let isSetUp = false;
    return {
      async start(beforeStatement) {
        const pool = new pg.Pool({ connectionString: url });
        pool.on("error", () => undefined);
        const saver = new PostgresSaver(pool, undefined, { schema });
        if (!isSetUp) await saver.setup();
        isSetUp = true;
        beforeEveryStatement(beforeStatement);
        return processOf(saver, async () => {
          beforeEveryStatement(undefined);
          await pool.end();
        });
      },
      // The database goes as a whole when the server does.
      remove: async () => undefined,
    };
  };
}

/** LangGraph's saver in memory: all processes are one. */
export async function stockMemoryPlace(): Promise<CheckpointerPlace> {
  const saver = new MemorySaver();
  return {
    start: async (beforeStatement) => processOf(beforeStatement === undefined ? saver : told(saver, beforeStatement)),
    remove: async () => undefined,
  };
}

function told(saver: BaseCheckpointSaver, beforeCall: () => void): BaseCheckpointSaver {
  return new Proxy(saver, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (key !== "put" && key !== "putWrites") return value;
      return async (...args: unknown[]) => {
        beforeCall();
        return await Reflect.apply(value as () => unknown, target, args);
      };
    },
  });
}

function processOf(saver: BaseCheckpointSaver, stop = async (): Promise<void> => undefined): CheckpointerProcess {
  return { take: async () => saver, reader: async () => saver, stop };
}
