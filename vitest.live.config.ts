import { mergeConfig } from "vitest/config";

import base from "./vitest.config.ts";

/** What runs on services that cost money, never by `npm test`: it needs no server of this machine. */
const { test: _servers, ...rest } = base;

export default mergeConfig(rest, {
  test: { include: ["tests/live/**/*.live.ts"], pool: "forks", testTimeout: 300_000, hookTimeout: 300_000 },
});
