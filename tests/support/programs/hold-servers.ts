// Opens the servers of a test run, prints their addresses and holds them until a signal ends it.
import { openServers } from "../open-servers.ts";

// Servers that were given are not ours to end.
delete process.env["BATON_TEST_DATABASE_URL"];
delete process.env["BATON_TEST_REDIS_URL"];
const { addresses } = await openServers();
process.stdout.write(`${JSON.stringify(addresses)}\n`);
setInterval(() => {}, 60_000);
