import { provision } from "./provision.ts";
import { createTemplate, dropTemplate } from "./template.ts";
import type { TestAddresses } from "./test-addresses.ts";

/** Provisions the servers of one test run and its template database; `close` leaves nothing of them behind. */
export async function openServers(
  environment: NodeJS.ProcessEnv,
): Promise<{ readonly addresses: TestAddresses; close(): Promise<void> }> {
  const { postgres, redis } = await provision({
    environment,
    places: { path: environment["PATH"] ?? "", root: "/" },
    isRoot: process.getuid?.() === 0,
  });
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
