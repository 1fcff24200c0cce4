import { mergeConfig } from "vitest/config";

import base from "./vitest.config.ts";

/** Tests in a real browser: apart from the others, because not every machine has one. */
const { test: _servers, ...rest } = base;

export default mergeConfig(rest, {
  test: { include: ["tests/browser/**/*.browser.ts"], pool: "forks", testTimeout: 60_000, hookTimeout: 300_000 },
});
