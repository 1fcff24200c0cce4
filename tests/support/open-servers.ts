import { provision, thisMachine } from "./provision.ts";
import { createTemplate, dropTemplate } from "./template.ts";
import type { TestAddresses } from "./test-addresses.ts";

/** Provisions the servers of one test run and its template database; `close` leaves nothing of them behind. */
export async function openServers(): Promise<{ readonly addresses: TestAddresses; close(): Promise<void> }> {
  const { postgres, redis } = await provision(thisMachine());
  const template = await createTemplate(postgres.url);
  return {
    addresses: { postgres: postgres.url, redis: redis.url, template },
    async close() {
      try {
        await dropTemplate(postgres.url, template);
      } finally {
        await Promise.all([postgres.stop(), redis.stop()]);
      }
    },
  };
}
